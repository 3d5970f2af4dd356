"""An invented community at work: eight real places of Zigong, invented people, a year of invented concerns."""
