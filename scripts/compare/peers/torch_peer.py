"""One side of scripts/bench: PyTorch's. Does a job each time that a line comes in; see worker.go for what is said."""

import json

import numpy as np
import torch
from torch import nn

from worker import job, serve, table

torch.set_num_threads(job["threads"])


def network(sizes):
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, units), nn.SELU()]
    return nn.Sequential(*layers)


def train():
    """The tutorial's training, as Keras does it, with PyTorch's own layers, loss and optimizer."""
    def work():
        torch.manual_seed(42)
        model = network([job["d"], 17, 8, 4, 2, 2, 4, 8, job["d"]])
        for layer in model[::2]:
            deviation = layer.in_features ** -0.5 / 0.87962566103423978
            nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
            nn.init.zeros_(layer.bias)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
        loss_of = nn.MSELoss()
        for _ in range(job["epochs"]):
            total = 0.0
            for batch in x[torch.randperm(len(x))].split(128):
                optimizer.zero_grad(set_to_none=True)
                loss = loss_of(model(batch), batch)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
        return [total / len(x)]
    return work


def encode():
    """The codes of all rows, by the network that segkit saved."""
    with open(job["model"], "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    weights = {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items() if name.startswith("encoder.")
    }
    model = network([job["d"], 17, 8, 4, 2])
    for i, layer in enumerate(model[::2]):
        layer.weight.data = torch.tensor(weights[f"encoder.{i}.weight"])
        layer.bias.data = torch.tensor(weights[f"encoder.{i}.bias"])

    def work():
        with torch.no_grad():
            codes = torch.cat([model(batch) for batch in x.split(4096)])
        return codes.double().mean(0).numpy()
    return work


x = torch.tensor(table(job["x"], job["n"], job["d"]), dtype=torch.float32)
serve(globals()[job["job"]](), {"PyTorch": torch.__version__})
