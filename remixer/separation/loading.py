"""Any model as a Separator."""

from remixer.errors import ModelError
from remixer.separation import memory
from remixer.separation.adapter import Adapted
from remixer.separation.backends import BackEnd
from remixer.separation.catalogue import Card, Model, our_card
from remixer.separation.model import load_model
from remixer.separation.separator import MaskSeparator, Separator


def load_separator(model: Model) -> Separator:
    """The separator of a model. Raises ModelError when its weights or its package are damaged."""
    memory.one_heap()
    separator = _loaded(model)
    memory.trim()
    return separator


def _loaded(model: Model) -> Separator:
    if isinstance(model, BackEnd):
        splitter = MaskSeparator(load_model(our_card())) if model.splits else None
        return Adapted(model, splitter)
    if isinstance(model, Card):
        return MaskSeparator(load_model(model))
    raise ModelError(f"model {model.id!r} is of no kind that can be loaded")
