package mlflowserver_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

const proxy = "/api/2.0/mlflow-artifacts/artifacts"

func sha(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func TestArtifacts(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	c.want("GET", "artifacts/list?run_id=RUN", "", c.fill(`{"root_uri":"mlflow-artifacts:/1/RUN/artifacts"}`))
	c.want("PUT", proxy+"/1/RUN/artifacts/a.txt", "hello", `{}`)
	c.want("PUT", proxy+"/1/RUN/artifacts/a.txt", "hello", `{}`)
	c.want("PUT", proxy+"/1/RUN/artifacts/sub/b%20c.txt", "", `{}`)
	want := map[string]mlflowserver.Artifact{"a.txt": {Size: 5, SHA256: sha("hello")}, "sub/b c.txt": {SHA256: sha("")}}
	if got := c.Runs()[0].Artifacts; !reflect.DeepEqual(got, want) {
		t.Errorf("artifacts: got %v, want %v", got, want)
	}
	c.want("GET", "artifacts/list?run_id=RUN", "", c.fill(`{"files":[{"file_size":5,"is_dir":false,"path":"a.txt"},`+
		`{"is_dir":true,"path":"sub"}],"root_uri":"mlflow-artifacts:/1/RUN/artifacts"}`))
	c.want("GET", "artifacts/list?run_id=RUN&path=sub", "", c.fill(`{"files":[{"file_size":0,"is_dir":false,"path":"sub/b c.txt"}],`+
		`"root_uri":"mlflow-artifacts:/1/RUN/artifacts"}`))
	c.want("GET", "artifacts/list?run_id=RUN&path=a.txt", "", c.fill(`{"root_uri":"mlflow-artifacts:/1/RUN/artifacts"}`))
	c.want("GET", proxy+"?path=1/RUN/artifacts/sub", "", `{"files":[{"file_size":0,"is_dir":false,"path":"b c.txt"}]}`)
	c.want("GET", proxy+"?path=none", "", `{}`)
	c.want("GET", proxy, "", `{"files":[{"is_dir":true,"path":"1"}]}`)
	c.want("GET", proxy+"/1/RUN/artifacts/a.txt", "", "hello")
	c.want("GET", "/get-artifact?run_id=RUN&path=a.txt", "", "hello")
	c.want("GET", "/get-artifact?run_id=RUN&path=sub%2fb%20c.txt", "", "")
	c.fails("GET", proxy+"/1/RUN/artifacts/none", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("GET", proxy+"/1/RUN/artifacts/sub", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("GET", "/get-artifact?run_id=RUN&path=none", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("GET", "/get-artifact?run_id=ffff&path=a.txt", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("PUT", proxy+"/1/RUN/artifacts/a.txt/b", "x", 500, "INTERNAL_ERROR") // a.txt is no folder
	c.want("DELETE", proxy+"/1/RUN/artifacts/sub", "", `{}`)
	c.fails("DELETE", proxy+"/1/RUN/artifacts/sub", "", 404, "RESOURCE_DOES_NOT_EXIST")
	delete(want, "sub/b c.txt")
	if got := c.Runs()[0].Artifacts; !reflect.DeepEqual(got, want) {
		t.Errorf("artifacts: got %v, want %v", got, want)
	}
	c.fails("POST", "/api/2.0/mlflow-artifacts/mpu/create/1/RUN/artifacts/a.txt", `{}`, 501, "NOT_IMPLEMENTED")
	c.clean()
}

// An upload that breaks off leaves nothing, and replaces nothing.
func TestBrokenUpload(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	c.want("PUT", proxy+"/1/RUN/artifacts/a.txt", "hello", `{}`)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PUT %s/1/%s/artifacts/a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nbye", proxy, c.run)
	conn.(*net.TCPConn).CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 400 {
		t.Fatalf("answer %v: %v", resp, err)
	}
	if got := c.Runs()[0].Artifacts["a.txt"]; got.SHA256 != sha("hello") {
		t.Errorf("artifact is %v", got)
	}
	c.clean()
}

// 512 MiB pass through without being held in memory.
func TestLargeUpload(t *testing.T) {
	size := int64(512 << 20)
	if testing.Short() {
		size = 32 << 20
	}
	c := start(t, mlflowserver.Options{})
	var key [32]byte
	h := sha256.New()
	body := io.TeeReader(io.LimitReader(rand.NewChaCha8(key), size), h)
	req, err := http.NewRequest("PUT", c.base+proxy+"/1/"+c.run+"/artifacts/large.bin", body)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	runtime.ReadMemStats(&after)
	want := mlflowserver.Artifact{Size: size, SHA256: hex.EncodeToString(h.Sum(nil))}
	if got := c.Runs()[0].Artifacts["large.bin"]; resp.StatusCode != 200 || got != want {
		t.Errorf("status %d, artifact %v, want %v", resp.StatusCode, got, want)
	}
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 8<<20 {
		t.Errorf("%d bytes allocated for an upload of %d", allocated, size)
	}
	t.Logf("%d MiB in %v, %d kB allocated", size>>20, time.Since(began), allocated>>10)
}

// With file artifacts the client writes the files.
func TestFileArtifacts(t *testing.T) {
	c := start(t, mlflowserver.Options{FileArtifacts: true})
	dir, ok := strings.CutPrefix(c.Runs()[0].ArtifactURI, "file://")
	if !ok || !filepath.IsAbs(dir) || !strings.HasSuffix(dir, c.fill("/1/RUN/artifacts")) {
		t.Fatalf("artifact_uri is %q", c.Runs()[0].ArtifactURI)
	}
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "a.txt"), []byte("hello"), 0o666); err != nil {
		t.Fatal(err)
	}
	want := map[string]mlflowserver.Artifact{"sub/a.txt": {Size: 5, SHA256: sha("hello")}}
	if got := c.Runs()[0].Artifacts; !reflect.DeepEqual(got, want) {
		t.Errorf("artifacts: got %v, want %v", got, want)
	}
	if reply := c.ok("GET", "artifacts/list?run_id=RUN&path=sub", ""); names(reply, "files", "path") != "sub/a.txt" {
		t.Errorf("list: %s", reply)
	}
	c.want("GET", "/get-artifact?run_id=RUN&path=sub/a.txt", "", "hello")
	c.clean()
}
