"""The administrator's pages of the practice."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import learning, settings, settings_clocks, settings_sample, settings_time

urlpatterns: list[URLPattern] = [
    path("settings/cases/", settings.categories, name="settings"),
    path("settings/cases/categories/new/", settings.new_category, name="settings-new-category"),
    path("settings/cases/categories/<int:pk>/", settings.category, name="settings-category"),
    path("settings/cases/rules/", settings.rules, name="settings-rules"),
    path("settings/cases/rules/new/", settings.new_rule, name="settings-new-rule"),
    path("settings/cases/rules/<int:pk>/", settings.rule, name="settings-rule"),
    re_path(r"^settings/cases/rules/(?P<pk>\d{1,18})/(?P<way>up|down)/$", settings.move, name="settings-move-rule"),
    re_path(r"^settings/cases/rules/(?P<pk>\d{1,18})/(?P<to>on|off)/$", settings.switch, name="settings-switch-rule"),
    path("settings/cases/limits/", settings_time.limits, name="settings-limits"),
    path("settings/cases/limits/new/", settings_time.new_limit, name="settings-new-limit"),
    path("settings/cases/limits/<int:pk>/withdraw/", settings_time.withdraw, name="settings-withdraw-limit"),
    path("settings/cases/clocks/", settings_clocks.clocks, name="settings-clocks"),
    path("settings/cases/learning/", learning.learning, name="settings-learning"),
    path("settings/cases/learning/again/", learning.again, name="settings-learn"),
    re_path(r"^settings/cases/learning/(?P<to>on|off)/$", learning.switch, name="settings-learned"),
    path("settings/cases/procedures/", settings_time.procedures, name="settings-procedures"),
    path("settings/cases/procedures/new/", settings_time.new_choice, name="settings-new-choice"),
    path(
        "settings/cases/procedures/<int:pk>/withdraw/", settings_time.withdraw_choice, name="settings-withdraw-choice"
    ),
    path("settings/cases/sample/", settings_sample.sample, name="settings-sample"),
    path("settings/cases/sample/new/", settings_sample.new_share, name="settings-new-sample"),
    path("settings/cases/sample/<int:pk>/withdraw/", settings_sample.withdraw_share, name="settings-withdraw-sample"),
    path("settings/cases/calendar/", settings_time.calendar, name="settings-calendar"),
    re_path(
        r"^settings/cases/calendar/(?P<year>20\d\d)/confirm/$", settings_time.confirm, name="settings-confirm-year"
    ),
]
