from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "gongzhi.knowledge"
    label = "knowledge"
    verbose_name = "知识"
