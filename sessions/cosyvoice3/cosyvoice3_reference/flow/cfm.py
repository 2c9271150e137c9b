"""From noise to a mel."""

import torch
from torch import Tensor, nn

from cosyvoice3_reference.config import FlowConfig
from cosyvoice3_reference.flow.dit import Dit
from cosyvoice3_reference.flow.embed import Conditions
from workbench.reference import tap


def cosine_times(steps: int) -> Tensor:
    """1 − cos(π/2 · i/steps) for i = 0 … steps."""
    return 1 - torch.cos(torch.linspace(0, 1, steps + 1) * 0.5 * torch.pi)


class Cfm(nn.Module):
    """Follows the estimator's velocity from noise to a mel in Euler steps; parameter names below `decoder.`."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.steps = config.cfm.n_timesteps
        self.guidance = config.cfm.inference_cfg_rate
        self.estimator = Dit(config.dit)

    def forward(self, noise: Tensor, given: Conditions, streaming: bool) -> tuple[Tensor, None]:
        """noise [1, 80, ≥ T], of which the first T frames count → mel [1, 80, T], and no cache, as in the original."""
        times = tap("t_span", cosine_times(self.steps))
        x = noise[:, :, : given.mu.shape[2]]
        time, step = times[:1], times[1] - times[0]
        for number in range(1, self.steps + 1):
            x = x + step * self.velocity(x, time, given, streaming)
            # Not times[number]: float32 puts the sum beside it, and there the next step begins.
            time = time + step
            if number < self.steps:
                step = times[number + 1] - time
        return x, None

    def velocity(self, x: Tensor, time: Tensor, given: Conditions, streaming: bool) -> Tensor:
        """(1 + g)·v − g·v₀: v under the conditions, v₀ without mu, spks and cond; both in one call of the estimator."""
        both = self.estimator(
            tap("x_in", x.repeat(2, 1, 1)),
            torch.ones(2, 1, x.shape[2]),
            _beside_zeros(given.mu),
            tap("t_in", time.repeat(2)),
            _beside_zeros(given.spks),
            _beside_zeros(given.cond),
            streaming,
        )
        guided: Tensor = (1 + self.guidance) * both[:1] - self.guidance * both[1:]
        return guided


def _beside_zeros(row: Tensor) -> Tensor:
    return torch.cat((row, torch.zeros_like(row)))
