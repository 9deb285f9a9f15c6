package mlflowserver

import "time"

// Proxy says what answers under /api/2.0/mlflow-artifacts.
type Proxy int

// The ways of a server with artifacts.
const (
	ProxyOn       Proxy = iota // takes uploads: mlflow server as it comes
	ProxyDisabled              // 503 and a text: mlflow server --no-serve-artifacts
	ProxyAbsent                // 500 and a text: FastTrackML
)

// Options are what differs between servers, or is not known for certain. The zero value is the server of MLflow 3 on a
// database, which serves artifacts and wants no password.
type Options struct {
	// Dir is the folder for artifacts and uploads. Where it is empty, New makes a temporary one, which Close removes.
	Dir string

	// Token, where it is not empty, has to come as a bearer token, and User with Password as basic authentication; one of
	// the two where both are set. What comes without is answered with status 401, which is no violation. Only /health and
	// /version are open to all.
	Token          string
	User, Password string

	// Int64Strings writes int64 as JSON strings, as protobuf does by itself. MLflow turns them into numbers. What is read
	// may be either, in any case.
	Int64Strings bool

	// FileArtifacts gives runs an artifact_uri of file://, in Dir, where a client writes the files itself. Without, it is
	// mlflow-artifacts:/, and the client uploads.
	FileArtifacts bool

	// Proxy is what answers to an upload.
	Proxy Proxy

	// NoInputs and NoRegistry answer 404 ENDPOINT_NOT_FOUND to runs/log-inputs, and to registered-models and
	// model-versions, but for their searches, which find nothing: FastTrackML.
	NoInputs   bool
	NoRegistry bool

	// KeepIdentical keeps each point of a metric, as MLflow's file store does. Without, points of the same step, timestamp
	// and value are one, as in a database.
	KeepIdentical bool

	// BareUpdates answers runs/update with an empty run_name and status where the request names none, and forgets the
	// end_time where the request has none: FastTrackML.
	BareUpdates bool

	// DeletedAbsent answers 404 RESOURCE_DOES_NOT_EXIST to what is logged to a deleted run, instead of 400
	// INVALID_PARAMETER_VALUE, and lets runs/update change one: FastTrackML.
	DeletedAbsent bool

	// TruncateLong cuts the values of params and tags that are too long, which is what MLflow does unless
	// MLFLOW_TRUNCATE_LONG_VALUES is false. Without, they are refused.
	TruncateLong bool

	// ReadDelay is how long a change takes until what is read has it: the get and search calls, histories and lists of runs
	// that are new. Writes see each other at once, and so it is with the bytes of artifacts.
	ReadDelay time.Duration

	// MaxPage is the most that one reply of a search or a history holds, however much is asked for; 0 is no such limit.
	MaxPage int

	// RateLimit is how many requests are taken in RateWindow (0 is a second); the others are answered with status 429 and,
	// with RetryAfter, the seconds until the next window. 0 is no limit.
	RateLimit  int
	RateWindow time.Duration
	RetryAfter bool
}
