.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs sweep environment

PYTEST = env -u DATABASE_URL -u GONGZHI_OWNER_URL .venv/bin/python -m pytest

help: ## 列出这些命令 | List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: ## 运行演示：数据库、网站、后台任务，Ctrl-C 停止；PORT 选端口，GONGZHI_HOME 选数据文件夹 | Run the demo until Ctrl-C; PORT and GONGZHI_HOME choose port and data folder
	@scripts/environment runtime
	@exec .venv/bin/python -m gongzhi demo

test: ## 运行全部测试，含浏览器测试 | Run all tests, browser tests included
	@scripts/environment dev
	@scripts/packages browser
	@exec $(PYTEST) $(ARGS)

check: ## 格式、写法、类型、分层、迁移、篇幅、译文 | Format, lint, types, layers, migrations, budgets, translations
	@scripts/environment dev
	@exec scripts/check

sweep: ## 不设上限地扫遍流程与页面 | Run the full sweeps over workflows and pages, without limit
	@scripts/environment dev
	@scripts/packages browser
	@GONGZHI_SWEEP=full exec $(PYTEST) -k sweep $(ARGS)

bench: ## 量速度与故障，打印比值 | Measure speed and faults, print ratios
	@scripts/environment dev
	@.venv/bin/python -m bench.ladder
	@.venv/bin/python -m bench.faults
	@.venv/bin/python -m bench.api

docs: ## 重新生成流程说明与译文目录 | Generate workflow pages and the message catalogue again
	@scripts/environment dev
	@.venv/bin/python -m gongzhi workflow-docs
	@.venv/bin/python -m gongzhi api-docs
	@.venv/bin/python scripts/messages.py update

environment: ## 只准备运行环境 | Only make or update the environment
	@scripts/environment dev
