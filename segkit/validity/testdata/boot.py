"""The figures of scikit-learn 1.2.1 in customers_test.go: python3 testdata/boot.py cc_data.csv

k-means with 30 starts of all customers, and with 5 of each of 60 samples; medians aside, everything is fitted anew.
"""
import sys
import numpy as np, pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

table = pd.read_csv(sys.argv[1]).drop(columns="CUST_ID")
table["MINIMUM_PAYMENTS"] = table["MINIMUM_PAYMENTS"].fillna(table["MINIMUM_PAYMENTS"].median())
x = table.dropna().values
n = len(x)

def fit(rows, k, starts, seed):
    mean, sd = rows.mean(0), rows.std(0)
    model = KMeans(k, n_init=starts, random_state=seed, algorithm="elkan").fit((rows - mean) / sd)
    return model.labels_, lambda other: model.predict((other - mean) / sd)

for name, raw in {"z": x, "log": np.log1p(x)}.items():
    for k in range(2, 8):
        whole, _ = fit(raw, k, 30, 1)
        whole = np.argsort(np.argsort(-np.bincount(whole)))[whole]
        for scheme in ["Bootstrap", "Subsample"]:
            generator = np.random.default_rng(7)
            agreement, jaccard = [], []
            for b in range(60):
                if scheme == "Bootstrap":
                    rows = np.unique(generator.integers(0, n, n))
                else:
                    rows = np.sort(generator.permutation(n)[: n // 2])
                labels, predict = fit(raw[rows], k, 5, b)
                agreement.append(adjusted_rand_score(whole, predict(raw)))
                both = np.zeros((k, k))
                np.add.at(both, (whole[rows], labels), 1)
                jaccard.append((both / (both.sum(1)[:, None] + both.sum(0)[None, :] - both)).max(1))
            jaccard = np.array(jaccard)
            pairs = ", ".join("{%.3f, %.3f}" % p for p in zip(jaccard.mean(0), jaccard.std(0, ddof=1)))
            print('{"%s", %s, %d, figure{%.3f, %.3f}, []figure{%s}},' % (name, scheme, k, np.mean(agreement), np.std(agreement, ddof=1), pairs), flush=True)
        generator, strength = np.random.default_rng(9), []
        for b in range(60):
            order = generator.permutation(n)
            halves = [raw[order[: n // 2]], raw[order[n // 2 :]]]
            fits = [fit(half, k, 5, 2 * b + h) for h, half in enumerate(halves)]
            worst = []
            for h in range(2):
                own, predicted = fits[h][0], fits[1 - h][1](halves[h])
                shares = []
                for c in range(k):
                    counts = np.bincount(predicted[own == c])
                    if counts.sum() > 1:
                        shares.append((counts * (counts - 1)).sum() / (counts.sum() * (counts.sum() - 1)))
                worst.append(min(shares, default=1))
            strength.append(np.mean(worst))
        print('{"%s", %d, figure{%.3f, %.3f}},' % (name, k, np.mean(strength), np.std(strength, ddof=1)), flush=True)
