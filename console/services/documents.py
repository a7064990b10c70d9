"""The policy documents that ship with the program, as text; reading them needs no database."""

from console import paths


def shipped_policies() -> list[str]:
    """The text of every policy document that ships with the program."""
    folder = paths.resources() / "policy"
    return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.toml"))]
