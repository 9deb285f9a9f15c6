package cometserver

import (
	"archive/zip"
	"net/http"
	"os"
	"strings"
)

// What an experiment says of itself in words (§4, §6).
var textRoutes = []route{
	post("/write/experiment/tags", "experimentKey! addedTags!:texts", (*call).addTags),
	post("/write/experiment/html", "experimentKey! html= override!:bool timestamp:ms", (*call).logHTML),
	post("/write/experiment/graph", "experimentKey! graph=", (*call).logGraph),
	post("/write/experiment/code", "experimentKey! code=", (*call).logCode),
	post("/write/experiment/output", "experimentKey! runContext context outputLines!:lines", (*call).logOutput),
	post("/write/experiment/git/metadata", "experimentKey! "+gitFields, (*call).logGit),
	upload("/write/experiment/git/patch", "experimentKey!", "file!", (*call).logPatch),
	post("/write/experiment/system-details", "experimentKey! "+systemFields, (*call).logSystem),
	get("/experiment/tags", "experimentKey!", func(c *call) (any, error) { return object{"tags": append([]string{}, c.exp.tags...)}, nil }),
	get("/experiment/html", "experimentKey!", func(c *call) (any, error) { return object{"html": c.exp.html}, nil }),
	get("/experiment/graph", "experimentKey!", func(c *call) (any, error) { return object{"graph": c.exp.graph}, nil }),
	get("/experiment/code", "experimentKey!", func(c *call) (any, error) { return object{"code": c.exp.code}, nil }),
	get("/experiment/output", "experimentKey!", (*call).output),
	get("/experiment/git/metadata", "experimentKey!", func(c *call) (any, error) { return allOf(gitFields, c.exp.git), nil }),
	get("/experiment/git/patch", "experimentKey!", (*call).patch),
	get("/experiment/system-details", "experimentKey!", func(c *call) (any, error) { return allOf(systemFields, c.exp.system), nil }),
}

const (
	gitFields    = "user root branch parent origin"
	systemFields = "user pythonVersion pythonVersionVerbose pid:int osType os osRelease machine processor ip hostname env:env " +
		"executable command:texts osPackages:list installedPackages:list networkInterfaceIps:texts gpuStaticInfoList:gpus " +
		"logAdditionalSystemInfoList:pairs totalRam:int usedRam:int"
)

// OutputLine is a line of an experiment's console.
type OutputLine struct {
	Text    string
	Stderr  bool
	Time    int64 // ms since 1970
	Offset  int64
	Context string // runContext, or context as one client names it
}

func (c *call) addTags() (any, error) {
	tags, twice := c.texts("addedTags"), c.s.o.KeepTagsTwice
	c.change(func(e *experiment) {
		for _, tag := range tags {
			if twice || !contains(e.tags, tag) {
				e.tags = append(e.tags, tag)
			}
		}
	})
	return saved("Saved"), nil
}

// logHTML appends to the page, or begins it again.
func (c *call) logHTML() (any, error) {
	page, override := c.str("html"), c.flag("override")
	c.change(func(e *experiment) {
		all := page
		if e.html != nil && !override {
			all = *e.html + page
		}
		e.html = &all
	})
	return saved("Saved"), nil
}

func (c *call) logGraph() (any, error) {
	graph := c.str("graph")
	c.change(func(e *experiment) { e.graph = &graph })
	return saved("Saved"), nil
}

func (c *call) logCode() (any, error) {
	code := c.str("code")
	c.change(func(e *experiment) { e.code = &code })
	return saved("Saved"), nil
}

func (c *call) logOutput() (any, error) {
	context := c.str("runContext")
	def(&context, c.str("context"))
	lines, _ := c.values["outputLines"].([]any)
	c.change(func(e *experiment) {
		for _, l := range lines {
			l := call{values: l.(map[string]any)}
			line := OutputLine{Text: l.str("output"), Stderr: l.flag("stderr"), Context: context}
			if n := l.num("localTimestamp"); n != nil {
				line.Time = *n
			}
			if n := l.num("offset"); n != nil {
				line.Offset = *n
			}
			e.output = append(e.output, line)
		}
	})
	return saved("Saved"), nil
}

func (c *call) output() (any, error) {
	var b strings.Builder
	for _, l := range c.exp.output {
		b.WriteString(l.Text)
	}
	return object{"output": b.String()}, nil
}

// withoutKey are the fields of the body that describe something.
func (c *call) withoutKey() map[string]any {
	delete(c.values, "experimentKey")
	return c.values
}

func (c *call) logGit() (any, error) {
	git := c.withoutKey()
	c.change(func(e *experiment) { e.git = git })
	return saved("Saved"), nil
}

func (c *call) logSystem() (any, error) {
	system := c.withoutKey()
	c.change(func(e *experiment) { e.system = system })
	return saved("Saved"), nil
}

// allOf has every field of a spec, null where nothing was written.
func allOf(spec string, v map[string]any) object {
	out := object{}
	for _, f := range fields(spec) {
		out[f.name] = v[f.name]
	}
	return out
}

func (c *call) logPatch() (any, error) {
	if c.file == nil {
		return nil, wrong(http.StatusBadRequest, "file is missing in the form")
	}
	patch, err := os.ReadFile(c.file.path)
	if err != nil {
		return nil, err
	}
	c.change(func(e *experiment) { e.patch = patch })
	return saved("Saved"), nil
}

func (c *call) patch() (any, error) {
	patch, zipped := c.exp.patch, c.s.o.ZipPatch
	return sent(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/octet-stream")
		if !zipped {
			w.Write(patch)
			return
		}
		z := zip.NewWriter(w)
		defer z.Close()
		if f, err := z.Create("git_diff.patch"); err == nil {
			f.Write(patch)
		}
	}), nil
}
