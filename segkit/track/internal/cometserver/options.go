package cometserver

import "time"

// Options says who may do what, and how the server behaves where the contract does not know. The zero value of each
// field is a behaviour that one of the contract's sources suggests; only Dir has none and must be set.
type Options struct {
	Dir string // the folder for uploaded files, which the test removes

	APIKey     string   // the only registered key; "" = DefaultKey
	User       string   // its owner; "" = "tester"
	Workspace  string   // the owner's default workspace; "" = the user's name
	Workspaces []string // further workspaces that exist; any other is unknown (90219)
	ReadOnly   []string // those of them where the key may not write (90210)
	Project    string   // the project of those who name none; "" = "general" (§2)
	Version    string   // what /api/isAlive/ver says; "" = "3.3.11"

	Now          func() time.Time // the clock; nil = time.Now
	VisibleAfter time.Duration    // reads over HTTP show what was written so long ago (§1: reads are eventually consistent)
	RunningFor   time.Duration    // an experiment counts as running so long after a heartbeat; 0 = 60 s (§3)
	BeatMillis   int64            // the heartbeat interval the server asks for; 0 = 10000, below 0 = the field is missing (§3)

	// BadKey400 answers an unknown or missing key with 400 and 90212, not with 401 (§1.2 U).
	BadKey400 bool
	// NeedProject refuses to create an experiment without workspace (90219) or project (98219); otherwise there are
	// defaults (§3: the docs mark both as required, one client sends null).
	NeedProject bool
	// OwnKey says what happens to a client's own experimentKey in create (§3 U).
	OwnKey OwnKey

	// NormalizeMetrics reads a metric sent as the string "5" back as "5.0"; otherwise strings stay as they were sent
	// (§4 U). The JSON number 5 reads back as "5.0" always.
	NormalizeMetrics bool
	// RepeatedStep says what happens to a second value of a metric for the same step and context (§4 U).
	RepeatedStep RepeatedStep
	// NewestFirst lists the values of a metric in the opposite order; a client must sort (§6: "not sorted").
	NewestFirst bool
	// KeepTagsTwice lists a tag twice that was added twice.
	KeepTagsTwice bool
	// ZipPatch reads a git patch back as a zip with git_diff.patch, not as the text (§4).
	ZipPatch bool

	// UploadAssetID adds assetId to the reply of upload-asset (§5 U).
	UploadAssetID bool
	// ReplaceSameName lets an upload without overwrite replace an asset of the same name; otherwise both stay (§5 U).
	ReplaceSameName bool
	// OverwriteInGroup lets overwrite replace an asset only if its groupingName is the same, too; otherwise the name
	// alone decides. Files of an artifact version and other assets never replace each other.
	OverwriteInGroup bool
	// MaxUpload is the largest file in bytes, a larger one is answered with 413; 0 = no limit (§11 U).
	MaxUpload int64
	// MaxStorage is how many bytes all files may have together (90501); 0 = no limit.
	MaxStorage int64

	// NextIfExists gives an upsert of an artifact version that exists the next version; otherwise it fails (90399, §7 U).
	NextIfExists bool
	// CloseAgain accepts the state that an artifact version has already; otherwise that fails (90401, §7 U).
	CloseAgain bool
	// StateJSON answers /write/artifacts/state with the JSON of other writes; otherwise its body is empty (§7).
	StateJSON bool
	// KeepFileType reads files of an artifact back with the type they were sent with; otherwise as unknown (§7).
	KeepFileType bool
	// HideArtifactFiles leaves files of artifact versions out of the experiment's asset list.
	HideArtifactFiles bool

	// LongModelName says experimentModelName in the list of an experiment's models, not modelName (§8).
	LongModelName bool
	// LongPublic says isPublic in the list of projects, not public (§6).
	LongPublic bool
	// OmitNull leaves out what has no value; otherwise it is null (§6: "absent ones may be null").
	OmitNull bool
	// ExtraFields adds fields that the contract does not have to each JSON reply; a client must ignore them (§1).
	ExtraFields bool

	// RateLimit is how many requests may come within RateWindow; more are answered with 429. 0 = no limit (§1.4 U).
	RateLimit  int
	RateWindow time.Duration // 0 = a minute
	RetryAfter string        // the Retry-After header of the 429; "" = none
}

// DefaultKey is the API key that a server has if it is given none.
const DefaultKey = "test-key-0123456789abcdef"

// OwnKey is what happens to an experimentKey that a client sends to create.
type OwnKey int

const (
	OwnKeyRefused  OwnKey = iota // 400
	OwnKeyIgnored                // the experiment gets another key
	OwnKeyAccepted               // the experiment has this key; one that exists fails with 90999
)

// RepeatedStep is what happens to a second value of a metric for the same step.
type RepeatedStep int

const (
	StepKept     RepeatedStep = iota // both values stay
	StepReplaced                     // the later one counts, in the place of the earlier
	StepIgnored                      // the earlier one counts
)

func (o Options) withDefaults() Options {
	if o.Dir == "" {
		panic("cometserver: Options.Dir is empty")
	}
	def(&o.APIKey, DefaultKey)
	def(&o.User, "tester")
	def(&o.Workspace, o.User)
	def(&o.Project, "general")
	def(&o.Version, "3.3.11")
	def(&o.RunningFor, time.Minute)
	def(&o.BeatMillis, 10000)
	def(&o.RateWindow, time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
