"""The solid states stay apart for every kind of colour vision: Machado 2009, CIEDE2000 of 9 at least."""

import math
from itertools import combinations

import pytest

from console.ui.theme import tokens

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

VISION: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def times(matrix: Matrix, value: Triple) -> Triple:
    one, two, three = (sum(m * v for m, v in zip(row, value, strict=True)) for row in matrix)
    return one, two, three


def linear(value: str) -> Triple:
    red, green, blue = (int(value[place : place + 2], 16) / 255 for place in (1, 3, 5))
    one, two, three = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    )
    return one, two, three


def lab(seen: Triple) -> Triple:
    clipped = tuple(min(1.0, max(0.0, part)) for part in seen)
    xyz = times(TO_XYZ, (clipped[0], clipped[1], clipped[2]))
    f = [
        (part / white) ** (1 / 3) if part / white > 216 / 24389 else (24389 / 27 * part / white + 16) / 116
        for part, white in zip(xyz, WHITE, strict=True)
    ]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(one: Triple, other: Triple) -> float:
    """CIEDE2000."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    shrink = 0.5 * (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + shrink), a2 * (1 + shrink)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    weight_l = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    weight_c, weight_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))) * 2
    rotation *= math.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    dl = (l2 - l1) / weight_l
    dc = (c2 - c1) / weight_c
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / weight_h
    return math.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def test_the_measure_itself_agrees_with_published_pairs() -> None:
    assert difference((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert difference((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(
        1.2644, abs=1e-4
    )


@pytest.mark.parametrize("shown", ["light", "dark"])
@pytest.mark.parametrize("vision", list(VISION))
def test_the_five_solid_states_and_the_surface_stay_apart(shown: str, vision: str) -> None:
    names = ("missed", "now", "soon", "met", "credit", "surface")
    seen = {name: lab(times(VISION[vision], linear(tokens()[shown][name]))) for name in names}
    close = {
        f"{one} {other}": round(difference(seen[one], seen[other]), 1)
        for one, other in combinations(names, 2)
    }
    assert {pair: value for pair, value in close.items() if value < 9} == {}
