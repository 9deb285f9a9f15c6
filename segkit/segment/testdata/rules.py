"""The figures of TestRulesAgainstScikitLearn: best-first trees of scikit-learn 1.2, the same for every random_state.

    /usr/bin/python3 rules.py
"""
from sklearn.tree import DecisionTreeClassifier

n = 300
X = [[i * 37 % 301 + i * i % 7 / 10, i * i * 13 % 293, i * 53 % 307 * (i % 3)] for i in range(n)]
y = [0 if a + b < 220 else 1 if c > 150 or a > 250 else 2 if b > 160 else 3 for a, b, c in X]
y = [v if i % 11 else i % 4 for i, v in enumerate(y)]

for leaves, least in (4, 5), (8, 5), (13, 2):
    seen = set()
    for seed in range(20):
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=seed).fit(X, y)
        labels = tree.predict(X)
        seen.add((tree.tree_.n_leaves, sum(int(a == b) for a, b in zip(labels, y)), sum((i + 1) * int(v) for i, v in enumerate(labels))))

        def write(q):  # with siblings of the same segment made one
            t = tree.tree_
            if t.children_left[q] < 0:
                return int(t.value[q][0].argmax()), str(int(t.value[q][0].argmax()))
            (a, yes), (b, no) = write(t.children_left[q]), write(t.children_right[q])
            if a is not None and a == b:
                return a, yes
            return None, f"({t.feature[q]} {yes} {no})"

        seen.add(write(0)[1])
    assert len(seen) == 2, seen
    print(leaves, least, seen)
