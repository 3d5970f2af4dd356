"""A plain write and a plain page: what the ratios are taken against."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from bench.plain.models import Note, Sender


class NoteForm(forms.Form):
    """Six fields."""

    name = forms.CharField(max_length=40)
    phone = forms.CharField(max_length=20)
    title = forms.CharField(max_length=80)
    text = forms.CharField(widget=forms.Textarea)
    place = forms.CharField(max_length=80)
    kind = forms.ChoiceField(choices=[("a", "a"), ("b", "b")])


@login_required
def write(request: HttpRequest) -> HttpResponse:
    """Signed in, checked, two rows in one transaction, a redirect."""
    form = NoteForm(request.POST or None)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    data = form.cleaned_data
    with transaction.atomic():
        sender = Sender.objects.create(name=data["name"], phone=data["phone"])
        rest = {name: data[name] for name in ("title", "text", "place", "kind")}
        Note.objects.create(sender=sender, **rest)
    return redirect("/plain/page/")


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Fifty rows with one join in the product's base template."""
    notes = Note.objects.select_related("sender").order_by("-created_at")[:50]
    return render(request, "plain/page.html", {"notes": notes, "heading": "Plain"})
