"""Metric math: numbers, ids, `+ - * / ^`, comparisons, AND and OR, and the functions of `functions`.

CloudWatch user guide, "Using math expressions with CloudWatch metrics". An expression is read with Python's own parser
and walked node by node: what is not named here does not exist.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from pilotage_local.metrics.functions import FUNCTIONS
from pilotage_local.metrics.series import Series, Value, both


def _power(left: float, right: float) -> float | None:
    try:
        raised = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return raised if isinstance(raised, float) else None


_WORDS = (("&&", " and "), ("||", " or "), ("^", "**"))
_LOGIC = re.compile(r"\b(AND|OR)\b")
_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,  # no data point, as on CloudWatch
    ast.Pow: _power,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class BadExpression(Exception):
    """CloudWatch would refuse it; the message says which word."""


def parse(text: str) -> ast.expr:
    """Raises BadExpression for what is no metric math, and for functions that are not played here."""
    written = text
    for theirs, ours in _WORDS:
        written = written.replace(theirs, ours)
    written = _LOGIC.sub(lambda found: found[1].lower(), written)
    try:
        tree = ast.parse(written.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise BadExpression(f"Error in expression '{text}': invalid syntax") from error
    _check(tree, text)
    return tree


def ids(tree: ast.expr) -> frozenset[str]:
    """The queries that an expression names."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
    return frozenset(node.id for node in names if node.id not in {"REPEAT", "LINEAR"})


def evaluate(tree: ast.expr, known: Mapping[str, Value], buckets: Sequence[float]) -> Value:
    """`known`: the values of the ids; `buckets`: the beginnings of all periods of the range, for FILL and for single
    numbers. Raises BadExpression for an id that is not known and for arguments that do not fit.
    """
    return _Walk(known, buckets).value(tree)


class _Walk:
    def __init__(self, known: Mapping[str, Value], buckets: Sequence[float]) -> None:
        self._known, self._buckets = known, buckets

    def value(self, node: ast.expr) -> Value:  # noqa: PLR0911 - one for each kind of node
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return both(operator.sub, 0.0, self.value(operand))
            case ast.BinOp(left=left, op=sign, right=right):
                return both(_ARITHMETIC[type(sign)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                compare = _COMPARISONS[type(sign)]
                return both(lambda a, b: float(compare(a, b)), self.value(left), self.value(right))
            case ast.BoolOp(op=sign, values=parts):
                return self._joined(sign, parts)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments)
        raise BadExpression(f"'{ast.unparse(node)}' stands where no value can stand")

    def _named(self, name: str) -> Value:
        if name not in self._known:
            raise BadExpression(f"Error in expression: the id '{name}' is not known")
        return self._known[name]

    def _joined(self, sign: ast.boolop, parts: Sequence[ast.expr]) -> Value:
        decide = min if isinstance(sign, ast.And) else max
        first, *rest = (both(lambda a, _: float(bool(a)), self.value(part), 0.0) for part in parts)
        joined = first
        for part in rest:
            joined = both(decide, joined, part)
        return joined

    def _called(self, name: str, arguments: Sequence[ast.expr]) -> Value:
        given: list[Value | list[Value] | str] = [self._argument(one) for one in arguments]
        try:
            return FUNCTIONS[name](given, self._buckets)
        except (TypeError, ValueError, IndexError) as error:
            raise BadExpression(f"{name}: the arguments do not fit") from error

    def _argument(self, node: ast.expr) -> Value | list[Value] | str:
        if isinstance(node, ast.List):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Name) and node.id in {"REPEAT", "LINEAR"}:
            return node.id
        return self.value(node)


def as_series(value: Value, buckets: Sequence[float]) -> Series:
    """A single number is the same number in every period."""
    return dict.fromkeys(buckets, value) if isinstance(value, float) else dict(value)


def _check(tree: ast.expr, text: str) -> None:
    for node in ast.walk(tree):
        allowed = (ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.Compare, ast.BoolOp, ast.Call, ast.List)
        if isinstance(node, ast.expr) and not isinstance(node, allowed):
            raise BadExpression(f"Error in expression '{text}': '{ast.unparse(node)}' is no metric math")
        if isinstance(node, ast.BinOp) and type(node.op) not in _ARITHMETIC:
            raise BadExpression(f"Error in expression '{text}': an operator that metric math has not")
        if isinstance(node, ast.Compare) and (len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS):
            raise BadExpression(f"Error in expression '{text}': a comparison that metric math has not")
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
            raise BadExpression(
                f"Error in expression '{text}': the function {ast.unparse(node.func)} is not played here"
            )
