"""After an edit of the calendar: which due times of open matters would change, and changing them with a reason.

Administrators see numbers and times, not what the matters are about.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.request import Request
from gongzhi.cases import recomputing
from gongzhi.cases.clocks import differences
from gongzhi.cases.views.settings import frame
from gongzhi.kernel.clock import current, forget
from gongzhi.territory.access import administrator
from gongzhi.territory.who import covers_all

LOOKED_AT = 5000
"""So many of the newest open matters at once; the command looks at all."""
SHOWN = 100


@require_http_methods(["GET", "POST"])
def clocks(request: HttpRequest | Request) -> HttpResponse:
    """The dry run; a POST with a reason does it."""
    actor = administrator(request)
    everywhere, reason = covers_all(actor), request.POST.get("reason", "").strip()[:200]
    forget()
    found = list(differences(current(), most=LOOKED_AT))
    wrong = ""
    if request.method == "POST":
        wrong = "" if reason else _("请写明为什么重算，每件事的经过里都会记下。")
        wrong = wrong if everywhere else _("工作日历管全部地方，要管全部地方的管理员才能重算。")
        if not wrong:
            moved = recomputing.apply([one.matter.pk for one in found], reason, actor=actor)
            messages.success(request, _("%d 件事的期限已重算，原来的和现在的都记在经过里。") % moved)
            return redirect(reverse("cases:settings-clocks"))
    context = frame(
        request, "day", found=found[:SHOWN], count=len(found), more=max(0, len(found) - SHOWN), reason=reason,
        wrong=wrong, everywhere=everywhere,
    )  # fmt: skip
    return render(request, "cases/settings/clocks.html", context, status=422 if wrong else 200)
