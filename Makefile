# Needs python3 (3.11), python3-venv, make and PyPI; brings uv itself, in an environment of its own.
UV := .venv-uv/bin/uv
RUN := $(UV) run --locked --no-sync

.PHONY: run test check setup browser paper clean

run: setup paper
	$(RUN) wegweiser run

# Two at a time, each file on one side: much of a test's time is waiting. Vectors and model are made before, once for both.
test: setup browser paper
	@$(RUN) wegweiser prepare
	$(RUN) pytest -n 2 --dist loadfile

check: setup
	$(RUN) ruff format --check portal knowledge locales tests bot
	$(RUN) ruff check portal knowledge locales tests bot
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) wegweiser knowledge check
	$(RUN) python -m locales.catalogue
	$(RUN) python -m portal.assets.vendor --check

setup: .venv/.done bot/.venv/.done

$(UV):
	@echo "Bringing uv …"
	@python3 -m venv .venv-uv || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@.venv-uv/bin/pip install --quiet --disable-pip-version-check "uv>=0.9"

.venv/.done: $(UV) pyproject.toml uv.lock
	@echo "Setting up the portal …"
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

bot/.venv/.done: $(UV) bot/pyproject.toml bot/uv.lock
	@echo "Setting up the bot (Rasa without TensorFlow) …"
	@$(UV) sync --locked --quiet --compile-bytecode --directory bot
	@touch $@

browser:
	@command -v chromium >/dev/null 2>&1 || { \
	  echo "Installing Chromium for the browser tests …"; \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "The browser tests need Chromium: sudo apt-get install chromium"; exit 1; fi; }

# Pango sets the PDF of a guide's result; without it everything else works.
paper:
	@ldconfig -p 2>/dev/null | grep -q libpangoft2 || { \
	  packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing Pango for PDF files …"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$packages >/dev/null; } \
	      || echo "Without Pango there are no PDF files: apt-get install $$packages"; \
	  else echo "For PDF files: sudo apt-get install $$packages"; fi; }

clean:
	rm -rf .venv .venv-uv bot/.venv bot/models bot/.rasa var
