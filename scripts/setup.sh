# All the set-up that the scripts need, each part done once. Sourced, never run by itself.
#
#   need_go            Go, new enough for go.mod
#   need_kernel        GoNB, goimports and the press at go.mod's versions in .segkit/bin; a kernel that only this project sees
#   need_jupyter       nbconvert, from the PATH, else from pip in a virtual environment, else from Debian's packages
#   need_server        JupyterLab or the classic Notebook, the same way
#   need_c             a C compiler, which Go's race detector needs
#   need_browser       Chromium, where Debian has it for us
#   need_staticcheck   staticcheck at go.mod's version
#   need_onnx          ONNX Runtime for Node from npm; sets SEGKIT_ONNX
#   need_sqlite        SQLite's program, which runs the rules as SQL
#   need_fasttrackml   FastTrackML, a server that speaks MLflow's API; sets SEGKIT_FASTTRACKML
#   need_peers         scikit-learn, pandas, PyTorch and a fast BLAS from Debian; sets sklearn and torch
#
# Everything lies in the git-ignored folder .segkit; removing it undoes the set-up.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$root/.segkit
bin=$state/bin
venv=$state/venv
mkdir -p "$bin"
PATH=$bin:$PATH

# Jupyter's own files (kernels, connections, history) stay inside the project.
export JUPYTER_RUNTIME_DIR=$state/jupyter-runtime
export JUPYTER_PATH=$state/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}
export IPYTHONDIR=$state/ipython

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# absolute_data makes SEGKIT_DATA right for every folder that a later command runs in.
absolute_data() {
	[ -n "${SEGKIT_DATA:-}" ] || return 0
	SEGKIT_DATA=$(realpath -s -- "$SEGKIT_DATA")
	export SEGKIT_DATA
}

need_go() {
	command -v go >/dev/null || PATH=$PATH:/usr/local/go/bin
	local want complaint
	want=$(awk '$1 == "go" { print $2 }' "$root/go.mod")
	command -v go >/dev/null || die "Go $want or newer is needed; see https://go.dev/dl/"
	complaint=$(cd "$root" && go list -m 2>&1) || die "Go $want or newer is needed: $complaint"
}

# build OUTPUT-FOLDER PACKAGE... builds from go.mod's pinned versions, and only when they, Go or the sources changed.
build() {
	(cd "$root" && go build -o "$1/" "${@:2}") || die "building ${*:2} failed"
}

# build_once NAME PACKAGE... builds when Go or the pinned versions changed since the last time.
build_once() {
	local stamp file=$bin/.stamp-${1// /-}
	stamp="$(go version) $(cksum <"$root/go.sum")"
	[ "$stamp" != "$(cat "$file" 2>/dev/null)" ] || return 0
	say "Building $1 (a minute or two on a new machine) ..."
	build "$bin" "${@:2}"
	printf '%s\n' "$stamp" >"$file"
}

need_kernel() {
	need_go
	build_once "GoNB and goimports" github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports
	build "$bin" ./scripts/press ./scripts/ledger # which press calls for the pages of the runs
	# The kernel's PATH: its goimports first, then the go that was found above.
	local kernel=$state/jupyter/kernels/gonb
	mkdir -p "$kernel"
	cat >"$kernel/kernel.json.new" <<-JSON
		{
		  "argv": ["$bin/gonb", "--kernel", "{connection_file}"],
		  "display_name": "Go (gonb)",
		  "language": "go",
		  "env": {"PATH": "$bin:$(dirname "$(command -v go)"):$PATH"}
		}
	JSON
	mv "$kernel/kernel.json.new" "$kernel/kernel.json"
}

# install_debian PACKAGE... quietly, as root; false where that cannot be.
install_debian() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	if apt-get update -q >"$state/apt.log" 2>&1 &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$state/apt.log" 2>&1; then
		return
	fi
	say "$(tail -n 3 "$state/apt.log")"
	return 1
}

# need_browser is no hard need: where Chromium cannot be had, the press says that it did not look at the pages.
need_browser() {
	command -v chromium >/dev/null && return
	say "Installing Chromium, to look at the pages ..."
	install_debian chromium || say "Chromium could not be installed from here."
}

need_c() {
	command -v gcc >/dev/null && return
	say "Installing a C compiler for the race detector ..."
	install_debian gcc libc6-dev || die "gcc is needed for go test -race and could not be installed from here; try: sudo apt-get install gcc libc6-dev"
}

need_staticcheck() {
	need_go
	build_once staticcheck honnef.co/go/tools/cmd/staticcheck
}

# need_onnx exports SEGKIT_ONNX, the folder that the test of exported networks finds ONNX Runtime in; not where npm is out of
# reach.
need_onnx() {
	local package=onnxruntime-web@1.30.0 folder=$state/onnx
	unset SEGKIT_ONNX
	if [ "$package" != "$(cat "$folder/.stamp" 2>/dev/null)" ]; then
		command -v npm >/dev/null || install_debian nodejs npm || { say "npm could not be installed from here."; return 0; }
		say "Installing $package ..."
		mkdir -p "$folder"
		if ! npm install --prefix "$folder" --no-audit --no-fund --no-save --ignore-scripts "$package" >"$state/npm.log" 2>&1; then
			say "$(tail -n 3 "$state/npm.log")"
			return 0
		fi
		printf '%s\n' "$package" >"$folder/.stamp"
	fi
	export SEGKIT_ONNX=$folder
}

# need_sqlite is no hard need: without the program the test of the rules as SQL is skipped, and fails where CI is set.
need_sqlite() {
	command -v sqlite3 >/dev/null && return
	say "Installing SQLite, to run rules as SQL ..."
	install_debian sqlite3 || say "SQLite could not be installed from here."
}

# need_fasttrackml exports SEGKIT_FASTTRACKML, the server that the tests of tracking send runs to; not where its modules are
# out of reach. It is a module of its own, so that its 120 dependencies are none of ours. `go tool -n` builds it and says
# where it lies: in Go's build cache, which outlives a checkout.
need_fasttrackml() {
	local folder=$root/scripts/fasttrackml stamp program
	unset SEGKIT_FASTTRACKML
	need_go
	need_c
	stamp="$(go version) $(cat "$folder"/go.* | cksum)"
	if [ "$stamp" != "$(cat "$bin/.stamp-FastTrackML" 2>/dev/null)" ] || [ ! -x "$bin/fasttrackml" ]; then
		say "Building FastTrackML (up to five minutes on a new machine, seconds where Go has built it before) ..."
		if ! program=$(cd "$folder" && GOWORK=off CGO_ENABLED=1 go tool -n fasttrackml 2>"$state/fasttrackml.log"); then
			say "$(tail -n 3 "$state/fasttrackml.log")"
			say "FastTrackML could not be built from here."
			return 0
		fi
		rm -f "$bin/fasttrackml"
		ln "$program" "$bin/fasttrackml" 2>/dev/null || cp -f "$program" "$bin/fasttrackml" # a link where that can be: 80 MB
		printf '%s\n' "$stamp" >"$bin/.stamp-FastTrackML"
	fi
	export SEGKIT_FASTTRACKML=$bin/fasttrackml
}

# need_peers sets sklearn to a Python that has scikit-learn and pandas, torch to one that has PyTorch, and either to nothing
# where that cannot be.
need_peers() {
	need_python sklearn "sklearn, pandas" python3-sklearn python3-pandas libopenblas0-pthread
	need_python torch torch python3-torch libopenblas0-pthread
}

# need_python VARIABLE MODULES DEBIAN-PACKAGE... sets the variable to a Python that can import the modules.
need_python() {
	local python
	for python in python3 /usr/bin/python3; do
		"$python" -c "import $2" 2>/dev/null && printf -v "$1" %s "$python" && return
	done
	say "Installing Python's $2 from Debian ..."
	install_debian "${@:3}" && "$python" -c "import $2" && printf -v "$1" %s "$python" && return
	printf -v "$1" %s ""
	say "Python's $2 could not be installed from here, and is left out."
}

# have COMMAND: is there a working `jupyter COMMAND`, in the project's virtual environment or on the PATH?
have() {
	case ":$PATH:" in *":$venv/bin:"*) ;; *) [ -x "$venv/bin/jupyter" ] && PATH=$venv/bin:$PATH ;; esac
	hash -r
	jupyter "$1" --version >/dev/null 2>&1
}

# install_jupyter PIP-REQUIREMENT DEBIAN-PACKAGE: whichever of the two can be had, quietly; the logs lie in .segkit.
install_jupyter() {
	say "Installing Jupyter with pip into .segkit/venv ..."
	local fresh=yes
	[ ! -d "$venv" ] || fresh=
	if python3 -m venv "$venv" >"$state/pip.log" 2>&1 &&
		"$venv/bin/pip" install --disable-pip-version-check --retries 1 --timeout 15 "$1" >>"$state/pip.log" 2>&1; then
		return
	fi
	[ -z "$fresh" ] || rm -rf "$venv" # one that worked for something else stays
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		say "No Python package index answered; installing Debian's $2 ..."
		install_debian "$2" && return
	fi
	die "Jupyter is needed and could not be installed from here. Install it with one of
    pip install nbconvert jupyterlab
    sudo apt-get install jupyter-nbconvert jupyter-notebook
  and run this again."
}

need_jupyter() {
	have nbconvert && return
	install_jupyter nbconvert==7.16.6 jupyter-nbconvert
	have nbconvert || die "jupyter nbconvert does not run, though it was installed; try: jupyter nbconvert --version"
}

# need_server sets server to lab or notebook, whichever there is.
need_server() {
	have lab && server=lab && return
	have notebook && server=notebook && return
	install_jupyter jupyterlab==4.4.3 jupyter-notebook
	have lab && server=lab && return
	have notebook && server=notebook && return
	die "neither jupyter lab nor jupyter notebook runs, though one was installed"
}
