"""Where a matter should go and why: the first rule in order that fits, and everything that tells rules apart.

`matching` is pure; `roster` knows who can be given a matter; `deciding` answers for one matter and freezes the answer;
`trial`, `review`, `examples`, `accuracy` and `versions` are what administrators look at.
"""

from gongzhi.cases.routing.deciding import Route, active, forget, frozen, moved, route

__all__ = ["Route", "active", "forget", "frozen", "moved", "route"]
