"""Pictures for links that people send each other: what a chat shows of a page before anybody opens it."""

from registry.web.sharing.controller import PicturePages

__all__ = ["PicturePages"]
