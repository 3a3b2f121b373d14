"""Use-def analysis: which bindings reach each use of a name, and the calls in order.

One forward pass per scope. `ReachingDefinitions` says what a name, or a path such as `self.key` or
`conf['key']`, may hold at the place the pass has come to. Branches merge; a branch that ends
(return, raise, break) does not.

`Call.context` is the stack of blocks around the call: (kind, number, part) with kinds `if`
(part `body`/`else`), `loop`, `with`, `try` (part `body`, `handler`, `else`, `final`).
"""

from keyaudit.code.semantics.use_def.state import MAX_REACH
from keyaudit.code.semantics.use_def.statements import StatementFlow

__all__ = ["MAX_REACH", "StatementFlow"]
