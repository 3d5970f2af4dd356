"""The administrator's pages of the practice."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import learning, rules, rules_kept, settings, settings_clocks, settings_sample, settings_time

urlpatterns: list[URLPattern] = [
    path("settings/cases/", settings.categories, name="settings"),
    path("settings/cases/categories/new/", settings.new_category, name="settings-new-category"),
    path("settings/cases/categories/<int:pk>/", settings.category, name="settings-category"),
    path("settings/cases/rules/", rules.rules, name="settings-rules"),
    path("settings/cases/rules/new/", rules.new_rule, name="settings-new-rule"),
    path("settings/cases/rules/review/", rules_kept.review, name="settings-rules-review"),
    path("settings/cases/rules/accuracy/", rules_kept.accuracy, name="settings-rules-accuracy"),
    path("settings/cases/rules/<int:pk>/trial/", rules.try_change, name="settings-rule-trial"),
    path("settings/cases/rules/<int:pk>/versions/", rules_kept.versions, name="settings-rule-versions"),
    path("settings/cases/rules/<int:pk>/examples/", rules_kept.kept_examples, name="settings-examples"),
    path(
        "settings/cases/rules/<int:pk>/examples/<int:case>/drop/", rules_kept.drop_example, name="settings-drop-example"
    ),
    path("settings/cases/rules/<int:pk>/", rules.rule, name="settings-rule"),
    re_path(r"^settings/cases/rules/(?P<pk>\d{1,18})/(?P<way>up|down)/$", rules.move, name="settings-move-rule"),
    re_path(r"^settings/cases/rules/(?P<pk>\d{1,18})/(?P<to>on|off)/$", rules.switch, name="settings-switch-rule"),
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
