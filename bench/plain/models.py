"""Two tables as anybody would write them."""

from django.db import models


class Sender(models.Model):
    """Who sent it."""

    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20)


class Note(models.Model):
    """What was sent."""

    sender = models.ForeignKey(Sender, models.CASCADE)
    title = models.CharField(max_length=80)
    text = models.TextField()
    place = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
