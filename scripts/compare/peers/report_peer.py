"""One side of scripts/bench: pandas, or a package that makes reports. See worker.go for what is said."""

import tempfile

import numpy as np
import pandas as pd

from worker import job, serve


def figures():
    """What pandas has of a report's figures, and no page."""
    def work():
        data = pd.read_csv(job["file"])
        numbers = data.select_dtypes("number")
        numbers.describe(percentiles=[.05, .25, .5, .75, .95])
        numbers.kurt()
        for name in numbers:
            numbers[name].value_counts()
        data.duplicated().sum()
        about = np.column_stack([numbers.mean(), numbers.std(), numbers.skew()])
        return np.concatenate([about.ravel(), numbers.corr().to_numpy().ravel(), numbers.corr("spearman").to_numpy().ravel()])
    return work


def sweetviz():
    import sweetviz as sv

    def work():
        report = sv.analyze(pd.read_csv(job["file"]))
        with tempfile.NamedTemporaryFile(suffix=".html") as page:
            report.show_html(page.name, open_browser=False)
        return [0]
    return work


def ydata_profiling():
    import ydata_profiling as yp

    def work():
        yp.ProfileReport(pd.read_csv(job["file"]), progress_bar=False).to_html()
        return [0]
    return work


serve(globals()[job["job"]](), {"pandas": pd.__version__})
