"""YAML files whose errors name the file and the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

# libyaml reads ten times faster; its words for what is wrong are not those of the slow reader, which tells the error.
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContentError(Exception):
    """Something in `content/` is wrong: which file, which line, what, and how to mend it."""

    def __init__(self, file: Path | str, line: int | None, problem: str, mend: str = "") -> None:
        self.file, self.line, self.problem, self.mend = str(file), line, problem, mend
        where = f"{self.file}:{line}" if line else self.file
        super().__init__(f"{where}: {problem}" + (f" ({mend})" if mend else ""))


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_FAST)
    except (yaml.YAMLError, ValueError):
        return yaml.compose(text, Loader=yaml.SafeLoader)


class YamlFile:
    """A parsed YAML file: its `data`, and the line on which each value stands.

    Raises ContentError for a file that cannot be read, is no YAML, or names a key twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[tuple, int] = {}
        try:
            root = _compose(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ContentError(path, None, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ContentError(path, None, "is not UTF-8 text", "save the file as UTF-8") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "is not valid YAML"
            raise ContentError(path, mark.line + 1 if mark else None, problem, "check the indent and the quotes") from error
        self.data: Any = self._build(root, ()) if root is not None else None

    def _build(self, node: yaml.Node, at: tuple) -> Any:
        self._lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            result: dict = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise ContentError(self.path, key_node.start_mark.line + 1, "a key is not a word", "check the indent and the quotes")
                key = self._scalar(key_node)
                if key in result:
                    raise ContentError(self.path, key_node.start_mark.line + 1, f"'{key}' stands here twice", "keep one")
                result[key] = self._build(value_node, (*at, key))
                self._lines[(*at, key)] = key_node.start_mark.line + 1
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*at, i)) for i, child in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise ContentError(self.path, node.start_mark.line + 1, f"'{getattr(node, 'value', '')}' cannot be read", "put it in quotes") from error
        finally:
            loader.dispose()

    def line(self, *at: Any) -> int | None:
        """The line of the value at this path, or of the nearest one around it."""
        while at and at not in self._lines:
            at = at[:-1]
        return self._lines.get(at)

    def error(self, at: tuple, problem: str, mend: str = "") -> ContentError:
        return ContentError(self.path, self.line(*at), problem, mend)

    def require(self, schema: dict) -> Any:
        """The data, once it fits the JSON schema; else ContentError for the first thing that does not."""
        for error in sorted(Draft7Validator(schema).iter_errors(self.data), key=lambda e: list(map(str, e.absolute_path))):
            at = tuple(error.absolute_path)
            if error.validator == "additionalProperties":
                allowed = ", ".join(sorted(error.schema.get("properties", {})))
                unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
                raise self.error((*at, unknown[0]) if unknown else at, f"unknown key '{unknown[0] if unknown else '?'}'", f"known here: {allowed}")
            if error.validator == "required":
                missing = next(k for k in error.validator_value if k not in error.instance)
                raise self.error(at, f"'{missing}' is missing", "add it")
            name = ".".join(map(str, at)) or "the file"
            raise self.error(at, f"{name}: {error.message[:160]}", "see docs/content.md for the shape of this file")
        return self.data
