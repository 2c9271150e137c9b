"""The PyTorch side: what is to be matched."""

import torch
from torch import nn

from workbench.reference import checkpoint, stage


class Block(nn.Module):
    """A feed-forward block."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, hidden)
        self.act = nn.GELU(approximate="tanh")
        self.down = nn.Linear(hidden, dim)

    def forward(self, x):
        """X [rows, dim] → y [rows, dim]."""
        return x + self.down(self.act(self.up(self.norm(x))))


@checkpoint("main")
def main(config, seed):
    """Weights for as long as there are no real ones."""
    torch.manual_seed(seed)
    return dict(Block(config["dim"], config["hidden"]).state_dict())


@stage("block")
class BlockStage:
    """How the block is made, fed and run."""

    def build(self, weights, config):
        """Return the module; its own modules are tapped under their names."""
        block = Block(config["dim"], config["hidden"])
        block.load_state_dict(weights)
        return block.eval()

    def inputs(self, name, config):
        """Return the input of that name: the same on every call."""
        scale = {"noise": 0.05, "large": 10.0}[name]
        generator = torch.Generator().manual_seed(7)
        return {"x": scale * torch.randn(16, config["dim"], generator=generator)}

    def run(self, module, inputs):
        """Return the outputs by name."""
        return {"y": module(inputs["x"])}
