"""Pages of staff: my work, lists, matters, intake."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import acts, matter, work

urlpatterns: list[URLPattern] = [
    path("work/", work.work, name="work"),
    path("matters/<slug:number>/", matter.matter, name="matter"),
    re_path(r"^matters/(?P<number>[-\d]{1,12})/(?P<kind>tasks|orders|reports)/(?P<pk>\d{1,18})/(?P<verb>[a-z_]{1,32})/$",
            acts.act_on_part, name="act-on-part"),
    path("matters/<slug:number>/<slug:verb>/", acts.act, name="act"),
]  # fmt: skip
