#!/usr/bin/env bash
# Shows the demo: in the window where there is a display, else as text and files.
# Usage: run-demo.sh .venv/bin/python
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
demo=build/demo
projects=("$demo/churn-prediction" "$demo/support-intent")
production=churn-cls-mlp-telco_v3-20260415-r81cc
mlcatalog() { "$python" -m mlcatalog "$@"; }
title() { printf '\n== %s\n\n' "$1"; }

title "Demo project"
mkdir -p build
if [ -d "$demo" ]; then
    printf '%s, as it was left (remove it to start afresh)\n' "$PWD/$demo"
else
    mlcatalog demo "$demo"
fi

has_display() {
    case "$(uname -s)" in
        Linux) [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] ;;
        *) true ;;
    esac
}

if has_display; then
    export MLCATALOG_CATALOG=build/demo-window.db
    printf '\nThe window opens on it; the terminal is free again when you close it.\n'
    exec "$python" -m mlcatalog "${projects[@]}"
fi

# Text in build/ must not depend on an earlier run: a new catalogue every time.
export MLCATALOG_CATALOG=build/demo-text.db
rm -f build/demo-text.db*

title "Indexing"
mlcatalog index "${projects[@]}"
title "Catalogue"
mlcatalog list --sort name --limit 200
title "Lineage of $production"
mlcatalog lineage "path:$PWD/$demo/churn-prediction/models/$production.safetensors" --format text
title "Findings"
mlcatalog check --format text || [ $? -eq 1 ] # 1 says that there are findings
title "Audit report"
rm -f build/audit.pdf
mlcatalog report "path:$PWD/$demo/churn-prediction/models/$production.safetensors" -o build/audit.pdf
mlcatalog verify build/audit.pdf
title "Window"
for theme in light dark; do
    picture=build/window-$theme.png
    QT_QPA_PLATFORM=offscreen mlcatalog --screenshot "$picture" --theme "$theme" \
        --query kind:model "${projects[@]}"
    printf '%s\n' "$PWD/$picture"
done

printf '\nThere is no display here, so this was the demo as text.\n'
printf 'The window is in build/window-light.png and build/window-dark.png, the audit\nreport in build/audit.pdf.\n'
