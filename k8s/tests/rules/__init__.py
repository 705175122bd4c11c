"""Our own rules. Beside each stands at least one mistake that it must catch."""

import importlib
import pkgutil

RULES = {}
MISTAKES = []


def rule(function):
    """A rule yields a sentence for each fault it finds in an overlay."""
    RULES[function.__name__] = function
    return function


def mistake(of, overlay="production"):
    """A change to an overlay that the rule `of` must find."""

    def register(function):
        MISTAKES.append((of.__name__, overlay, function))
        return function

    return register


def load_all():
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
