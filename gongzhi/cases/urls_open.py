"""Public pages of a place, supervision, secretaries."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import charge, faults, orders, place, room, supervision

urlpatterns: list[URLPattern] = [
    path("open/", place.index, name="open"),
    path("at/<int:pk>/", place.place, name="place"),
    path("at/<int:pk>/shapes.json", place.shapes, name="place-shapes"),
    re_path(r"^at/(?P<pk>\d{1,18})/m/(?P<number>[-\d]{1,12})/$", place.matter, name="public-matter"),
    path("charge/", charge.charge, name="charge"),
    path("room/", room.room, name="room"),
    path("sentiment/", room.map_of_sentiment, name="sentiment"),
    path("sentiment/shapes.json", room.shapes, name="sentiment-shapes"),
    path("supervision/", supervision.supervision, name="supervision"),
    path("supervision/issue/", supervision.issue, name="issue"),
    path("supervision/orders/", orders.orders, name="orders"),
    path("supervision/orders/ledger/", orders.ledger, name="orders-ledger"),
    re_path(r"^supervision/orders/(?P<number>[-\d]{1,12})/print/$", orders.paper, name="order-paper"),
    path("supervision/faults/", faults.closings, name="faults"),
    path("supervision/faults/list/", faults.behind, name="faults-list"),
    path("supervision/looks/", faults.looks, name="looks-review"),
    path("supervision/wall/", supervision.wall, name="wall"),
]
