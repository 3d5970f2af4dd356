from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "gongzhi.organisations"
    label = "organisations"
    verbose_name = "组织"
