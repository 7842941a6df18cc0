"""For tests and graders: what a model must be, said in words for students."""

import sys

from kerasnb.widgets.testing.asserts import assert_model

here = sys.modules[__name__]  # what `kw.testing` is

__all__ = ["assert_model"]
