"""Notices beside the main job: an objection is answered at the notice and never taken for a matter."""

from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.kernel.models import Todo
from gongzhi.notices.models import Notice
from gongzhi.notices.tests.factories import objected, published
from gongzhi.portal.navigation import numbers


def test_an_objection_never_shows_the_matter_that_happens_to_have_the_number_of_its_notice(cast: Cast) -> None:
    now = timezone.now()
    matter = brought_to(cast, "received", now, text="隔壁社区的私事一件。", place=cast.city.neighbour)
    notice = published(cast.city.community, cast.actor("clerk"), now)
    objection = objected(notice, now)
    Todo.objects.filter(kind="notices.objection", record_id=objection.pk).update(root_id=matter.pk)
    page = client(cast.people["clerk"]).get("/work/?f=all")
    assert page.status_code == 200
    assert matter.number not in page.content.decode()
    assert numbers(cast.actor("clerk"))[0] == 0
    assert Matter.objects.count() == 1 and Notice.objects.count() == 1
