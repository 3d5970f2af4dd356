"""Gongzhi 共治: community governance in the open."""
