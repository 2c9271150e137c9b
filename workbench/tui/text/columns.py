"""Blocks of styled lines, set side by side or one below the other."""

from textwrap import wrap

from rich.text import Text

from workbench.tui.palette import Palette

LABEL = 12
Block = list[Text]


def labelled(label: str, value: Text | str, ink: Palette) -> Text:
    """Return a line whose value starts in the same cell for every label."""
    text = Text(label.ljust(LABEL), ink.muted)
    return text.append_text(value) if isinstance(value, Text) else text.append(value, ink.normal)


def wrapped(label: str, sentence: str, width: int, ink: Palette) -> Block:
    """Return a labelled sentence of several lines, indented below its first one."""
    lines = wrap(sentence, max(width - LABEL, 20)) or [""]
    return [labelled(label if index == 0 else "", line, ink) for index, line in enumerate(lines)]


def side_by_side(blocks: list[Block], widths: list[int], ink: Palette) -> Text:
    """Return blocks as columns of these widths with a rule between them; longer lines are cut."""
    lines = []
    for index in range(max(map(len, blocks), default=0)):
        line = Text()
        for column, (block, width) in enumerate(zip(blocks, widths, strict=True)):
            cell = block[index].copy() if index < len(block) else Text()
            cell.truncate(width, overflow="ellipsis", pad=True)
            line.append("│ " if column else "", ink.line).append_text(cell)
        lines.append(line)
    return Text("\n").join(lines)


def stacked(blocks: list[Block]) -> Text:
    """Return blocks one below the other with an empty line between them."""
    lines: Block = []
    for block in blocks:
        lines += [Text(), *block] if lines and block else block
    return Text("\n").join(lines)
