"""One side of scripts/bench: scikit-learn's. Does a job each time that a line comes in; see worker.go for what is said."""

import numpy as np
import pandas as pd
import sklearn
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from worker import job, serve, table


def kmeans():
    start = table(job["start"], job["k"], job["d"]) if job.get("start") else "k-means++"
    model = KMeans(
        job["k"], init=start, n_init=1 if job.get("start") else job["restarts"],
        tol=job["tol"], algorithm=job["algorithm"], random_state=42,
    )
    model.fit(x[:100])  # the code itself is memory, too
    return lambda: model.fit(x).cluster_centers_


def silhouettes():
    labels = [np.fromfile(name, dtype=np.float64).astype(int) for name in job["labels"]]
    return lambda: np.array([silhouette_score(x, one) for one in labels])


def pca():
    def work():
        model = PCA(2, random_state=42)
        model.fit_transform(x)
        return model.explained_variance_ratio_
    return work


def scale():
    def work():
        model = StandardScaler()
        model.fit_transform(x)
        return np.concatenate([model.mean_, model.scale_])
    return work


def csv():
    def work():
        model = MiniBatchKMeans(job["k"], n_init=3, random_state=42)
        for chunk in pd.read_csv(job["file"], header=None, chunksize=job["batch"]):
            model.partial_fit(chunk.to_numpy())
        return model.cluster_centers_
    return work


def binary():
    def work():
        model = MiniBatchKMeans(job["k"], n_init=3, random_state=42)
        rows = np.memmap(job["file"], dtype=np.float64, mode="r", shape=(job["n"], job["d"]))
        for start in range(0, job["n"], job["batch"]):
            model.partial_fit(rows[start:start + job["batch"]])
        return model.cluster_centers_
    return work


x = table(job["x"], job["n"], job["d"]) if job.get("x") else None
serve(globals()[job["job"]](), {"scikit-learn": sklearn.__version__, "pandas": pd.__version__})
