"""Captures of a stage: makes what its folder lacks, and resumes what was interrupted."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from workbench.reference import folder, manifest, noise, pins
from workbench.reference.draws import Draw, Drawing
from workbench.reference.dtypes import STORED, plain, raw
from workbench.reference.failure import DiskFailure, Failure, during, trace
from workbench.reference.feeds import exactly_fed, fed
from workbench.reference.hooks import Seen
from workbench.reference.job import Job
from workbench.reference.manifest import Manifest
from workbench.reference.modules import Built, Modules
from workbench.reference.perturbed import RUNS, Perturbed, together
from workbench.reference.pins import Sources
from workbench.reference.progress import Progress, Send
from workbench.reference.runs import named_tensors, run
from workbench.reference.seed import sow
from workbench.reference.weights import read, write
from workbench.reference.writer import Writer, write_text

Statistics = dict[str, noise.Noise]
INJECTED_STATISTICS = ("rms", "max", "noise_rms", "noise_max")


class Captures:
    """Makes the captures of one reference. Whatever happens, only whole files stay in a folder."""

    def __init__(self, modules: Modules, sources: Sources, environment: Mapping[str, str | None], send: Send) -> None:
        self._modules = modules
        self._sources = sources
        self._environment = environment
        self._send = send

    def capture(self, job: Job) -> None:
        """Run float32, then float64, as far as `job.out` lacks them. Raises Failure."""
        with folder.held(job.out), self._sources.noted():
            self._base(job)

    def inject(self, job: Job, taps: Collection[str]) -> Path:
        """Run float64 with R32 put in at `taps`, after whatever the folder lacks before; returns the file.

        Where there is no float64 run it is a float32 run with R32 moved by one unit in the last place, and no tensors.
        Raises Failure also for a tap that the stage does not have, and for a stage that has neither run.
        """
        with folder.held(job.out), self._sources.noted():
            found = self._base(job)
            unknown = set(taps) - {tap["name"] for tap in found["taps"]}
            if unknown:
                raise Failure(f"stage {job.stage} has no tap {min(unknown)!r} to put float32 in at")
            if found["perturbed"] is not None:
                raise Failure(f"nothing to put float32 into: {found['float64']}; {found['perturbed']}")
            path, exact = folder.injected(job.out, taps), found["float64"] is None
            if not (folder.compared(path) if exact else folder.told(path)):
                self._inject(job, found, path, taps)
            return path

    @contextmanager
    def checked(self, job: Job) -> Iterator[None]:
        """Run a job again inside the block. Raises Failure where its capture is not of what would run."""
        with self._sources.noted():
            if self._found(job) is None:
                raise Failure(f"the capture in {job.out} is not of the present stage {job.stage}; capture it again")
            yield

    def _base(self, job: Job) -> Manifest:
        found = self._found(job)
        if found is None:
            folder.remove(job.out, *folder.OURS)
            found = self._float32(job)
        complete = found["float64"] is not None or folder.compared(job.out / folder.NOISE)
        if not complete:
            found = {**found, "float64": self._float64(job, found)}
            if found["float64"] is not None:
                found["perturbed"] = self._perturbed(job)
        if not complete or not (job.out / folder.MANIFEST).exists():
            write_text(job.out / folder.MANIFEST, json.dumps(found, indent=1))
            folder.remove(job.out, folder.DRAFT)
        return found

    def _found(self, job: Job) -> Manifest | None:
        if not all(folder.whole(job.out / name) for name in (folder.INPUTS, folder.REFERENCE, folder.DRAWS)):
            return None
        complete = manifest.read(job.out / folder.MANIFEST, job, self._environment)
        return complete or manifest.read(job.out / folder.DRAFT, job, self._environment)

    def _float32(self, job: Job) -> Manifest:
        # Before they are read: a pin that is too old makes the capture stale, one that is too new would hide it.
        given = [pins.pin(path) for path in job.files]
        built = self._modules.get(job)
        _make_inputs(built, job)
        inputs = read(job.out / folder.INPUTS)
        taps: list[dict[str, Any]] = []
        draws: list[dict[str, Any]] = []
        progress = Progress(self._send, "float32", sum(1 for _ in built.module.modules()))
        with Writer(job.out / folder.REFERENCE) as file, Writer(job.out / folder.DRAWS, ()) as drawn:

            def record(seen: Seen) -> None:
                stored = plain(seen.tensor)
                file.add(seen.name, STORED[stored.dtype], stored.shape, raw(stored))
                taps.append(manifest.tap(seen, stored))
                progress.step(seen.name)

            def record_draw(draw: Draw) -> None:
                stored = plain(draw.tensor)
                drawn.add(draw.name, STORED[stored.dtype], stored.shape, raw(stored))
                draws.append(manifest.draw(draw, stored, len(taps)))

            run(built, job, inputs, record, exact=False, within=Drawing(record_draw))
            foreign = self._sources.of_others(*self._modules.declared_in(job.stage))
            files = [*self._sources.pins(foreign), *given]
            draft = manifest.make(job, files, self._environment, inputs, taps, draws)
            write_text(job.out / folder.DRAFT, json.dumps(draft))
        return draft

    def _float64(self, job: Job, found: Manifest) -> str | None:
        """Make the noise; returns in one sentence why there is none."""
        self._modules.get(job)
        try:
            self._exact(job, found, job.out / folder.NOISE, "float64", (), noise.as_json)
        except DiskFailure:
            raise
        except Failure as failure:
            print(trace(failure), file=sys.stderr)
            return str(failure)
        return None

    def _inject(self, job: Job, found: Manifest, path: Path, taps: Collection[str]) -> None:
        def report(stats: Statistics) -> Any:
            return {"taps": sorted(taps), "stats": noise.as_json(stats, *INJECTED_STATISTICS)}

        if found["float64"] is None:
            self._exact(job, found, path, "injected", taps, report)
        else:
            self._move(job, path, taps, report)

    def _perturbed(self, job: Job) -> str | None:
        """Make the floor of a stage without a float64 run; returns in one sentence why there is none."""
        try:
            self._move(job, job.out / folder.NOISE, None, noise.as_json)
        except DiskFailure:
            raise
        except Failure as failure:
            print(trace(failure), file=sys.stderr)
            return str(failure)
        return None

    def _move(
        self, job: Job, path: Path, injected: Collection[str] | None, report: Callable[[Statistics], Any]
    ) -> None:
        stats = self._moved(job, injected)
        write_text(path.with_suffix(".json"), json.dumps(report(stats), allow_nan=False))

    def _moved(self, job: Job, injected: Collection[str] | None, dtype: torch.dtype | None = None) -> Statistics:
        built, runs = self._modules.get(job), []
        for seed in range(RUNS):
            comparison = Perturbed(job.out / folder.REFERENCE, seed, injected, dtype)
            inputs = comparison.inputs(read(job.out / folder.INPUTS))
            with torch.no_grad(), comparison.parameters(built.module):
                run(built, job, inputs, comparison.take, exact=False)
            runs.append(comparison.stats)
        return together(runs)

    def _exact(
        self,
        job: Job,
        found: Manifest,
        path: Path,
        name: str,
        injected: Collection[str],
        report: Callable[[Statistics], Any],
    ) -> None:
        built, names = self._modules.get(job), [tap["name"] for tap in found["taps"]]
        progress = Progress(self._send, name, len(names))
        with Writer(path, names) as file:
            comparison = noise.Comparison(job.out / folder.REFERENCE, file, injected)

            def compare(seen: Seen) -> torch.Tensor | None:
                replacement = comparison.take(seen)
                progress.step(seen.name)
                return replacement

            run(built, job, read(job.out / folder.INPUTS) | exactly_fed(job), compare, exact=True)
            comparison.finish()
            stats = comparison.stats | self._wide(job, found, injected)
            write_text(path.with_suffix(".json"), json.dumps(report(stats), allow_nan=False))

    def _wide(self, job: Job, found: Manifest, injected: Collection[str]) -> Statistics:
        """The statistics of taps that are float64 already, for which a float64 run is the same run again.

        None in a chain, where it begins with other numbers.
        """
        wide = [] if job.feeds else [tap["name"] for tap in found["taps"] if tap["dtype"] == "f64"]
        moved = self._moved(job, injected or None, torch.float64) if wide else {}
        return {name: moved[name] for name in wide}


def _make_inputs(built: Built, job: Job) -> None:
    what = f"stage {job.stage}: inputs({job.input!r})"
    with during(what):
        sow(job.seed)
        made = built.stage.inputs(job.input, job.config)
    made = {**named_tensors(made, what), **fed(job)}
    for name, tensor in made.items():
        if tensor.is_complex():
            raise Failure(f"{what} gave complex numbers for {name!r}; give their two parts as a last axis of 2")
    write(job.out / folder.INPUTS, made, lambda name: None)
