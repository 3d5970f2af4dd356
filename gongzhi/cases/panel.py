"""What the practice offers to the rest of the house. Loaded once, by the kernel."""

from gongzhi.cases import ground
from gongzhi.territory import history

history.PLACE_MOVED.append(ground.place_moved)
history.PLACE_ENDED.append(ground.place_ended)
