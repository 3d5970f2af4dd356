"""`python -m gongzhi` is the same program as `gongzhi`."""

from gongzhi.cli import main

if __name__ == "__main__":
    main()
