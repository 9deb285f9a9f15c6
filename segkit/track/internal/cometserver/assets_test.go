package cometserver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// An asset with everything comes back as §6 says, and its bytes as they were.
func TestAsset(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, cometserver.Options{Dir: dir})
	key := c.create()
	meta := `{"rows": 3, "of":{}}`
	r := c.upload("a,b\n1,2\n", []string{"metadata", meta}, "experimentKey", key, "fileName", "t/clean.csv", "type", "dataframe", "extension", "csv",
		"overwrite", "FALSE", "step", "7", "epoch", "1", "context", "train").ok()
	equal(t, "reply", r.object, object{"msg": "Saved", "code": 200, "data": nil})
	a := c.get("/experiment/asset/list", "experimentKey", key, "type", "all").ok().all("assets")[0]
	equal(t, "asset", []any{a["fileName"], a["fileSize"], a["type"], a["step"], a["runContext"], a["metadata"], a["remote"], a["image"], a["epoch"]},
		[]any{"t/clean.csv", 8, "dataframe", 7, "train", meta, false, false, nil})
	get := c.get("/experiment/asset/get-asset", "experimentKey", key, "assetId", a["assetId"].(string)).ok()
	equal(t, "content", get.text, "a,b\n1,2\n")
	// Another client leaves out what has a default; the name is then the file's. An empty file is legal.
	c.upload("", nil, "experimentKey", key).ok()
	all := c.Experiments()[0].Assets
	sum := sha256.Sum256([]byte("a,b\n1,2\n"))
	equal(t, "snapshot", []any{all[0].SHA256, all[0].Size, *all[0].Epoch, all[0].Extension, all[1].Name, all[1].Type, all[1].Size, all[1].Metadata},
		[]any{hex.EncodeToString(sum[:]), 8, 1, "csv", "part.txt", "asset", 0, ""})
	content, err := os.ReadFile(all[0].Path)
	if err != nil || string(content) != "a,b\n1,2\n" || filepath.Dir(all[0].Path) != dir {
		t.Errorf("%s: %q, %v", all[0].Path, content, err)
	}
	equal(t, "of a type", len(c.get("/experiment/asset/list", "experimentKey", key, "type", "image").ok().all("assets")), 0)
	equal(t, "delete", c.get("/write/experiment/asset/delete", "experimentKey", key, "assetId", all[0].ID).ok().object, object{"msg": "Deleted"})
	c.get("/write/experiment/asset/delete", "experimentKey", key, "assetId", all[0].ID).fails(400, 0)
	equal(t, "left", len(c.Experiments()[0].Assets), 1)
	equal(t, "files left", files(t, dir), 1)
	c.clean()
}

func files(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A file part without a file name is a file (§5); parts may come in any order.
func TestFileWithoutName(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("metadata", "{}")
	part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"`}, "Content-Type": {"application/octet-stream"}})
	io.WriteString(part, "bytes")
	w.Close()
	path := prefix + "/write/experiment/upload-asset?experimentKey=" + key + "&type=asset&fileName=x"
	c.json(c.send("POST", path, &b, "Content-Type", w.FormDataContentType())).ok()
	equal(t, "size", c.Experiments()[0].Assets[0].Size, 5)
	c.clean()
}

func TestRemoteAsset(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	for _, uri := range []string{"s3://bucket/dir/data.csv", "s3://bucket/"} {
		c.json(c.send("POST", prefix+"/write/experiment/upload-asset?isRemote=true&type=asset&experimentKey="+key,
			strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"link\"\r\n\r\n"+uri+"\r\n--b--\r\n"),
			"Content-Type", "multipart/form-data; boundary=b")).ok()
	}
	a := c.get("/experiment/asset/list", "experimentKey", key).ok().all("assets")
	equal(t, "names", []any{a[0]["fileName"], a[0]["link"], a[0]["remote"], a[1]["fileName"]}, []any{"data.csv", "s3://bucket/dir/data.csv", true, "remote"})
	c.clean()
	c.get("/experiment/asset/get-asset", "experimentKey", key, "assetId", a[0]["assetId"].(string)).fails(400, 0)
	equal(t, "violations", len(c.Violations()), 1)
}

// What upload-asset refuses leaves no file behind.
func TestUploadViolations(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, cometserver.Options{Dir: dir})
	key := c.create()
	for _, x := range []struct {
		form, query []string
		want        string
	}{
		{nil, []string{"file_name", "x"}, "unknown field file_name in the query"},
		{nil, []string{"metadata", "{}"}, "metadata is in the query, its place is the form"},
		{[]string{"fileName", "x"}, nil, "fileName is in the form, its place is the query"},
		{[]string{"file_name", "x"}, nil, "unknown field file_name in the form"},
		{[]string{"metadata", "[1]"}, nil, "metadata is not the text of a JSON object"},
		{[]string{"metadata", "{}", "metadata", "{}"}, nil, "metadata is there more than once in the form"},
		{[]string{"file", "again"}, nil, "file is there more than once in the form"},
		{nil, []string{"overwrite", "1"}, "overwrite is not true or false"},
		{nil, []string{"step", "one"}, "step is not an integer"},
		{nil, []string{"type", "all"}, "type all cannot be sent"},
		{nil, []string{"type", "table"}, "type table cannot be sent"},
		{nil, []string{"type", "asset", "extension", ".csv"}, "extension begins with a dot"},
		{nil, []string{"type", "asset", "groupingName", "m"}, "groupingName without type model-element"},
		{nil, []string{"type", "model-element"}, "model-element without groupingName"},
		{nil, []string{"type", "model-element", "groupingName", "a/b"}, "groupingName contains /"},
		{nil, []string{"type", "image", "artifactVersionId", "v"}, "a file of an artifact whose type is not asset"},
		{nil, []string{"isRemote", "true"}, "isRemote with a file; isRemote without link"},
		{[]string{"link", "s3://x"}, nil, "link without isRemote"},
	} {
		before := len(c.Violations())
		c.upload("content", x.form, append(x.query, "experimentKey", key)...).fails(400, 0)
		if v := c.Violations(); len(v) != before+1 || !strings.HasSuffix(v[before], ": "+x.want) {
			t.Errorf("%v: %v, want %s", x, v[before:], x.want)
		}
	}
	c.upload("content", nil, "experimentKey", "none").fails(400, 90211)
	status, _, _ := c.send("POST", prefix+"/write/experiment/upload-asset?experimentKey="+key, strings.NewReader("--b\r\nContent-Disposition: "+
		"form-data; name=\"file\"; filename=\"x\"\r\n\r\ncut off"), "Content-Type", "multipart/form-data; boundary=b")
	equal(t, "cut off", []any{status, files(t, dir), len(c.Experiments()[0].Assets)}, []any{400, 0, 0})
}

// A large upload goes to the disk without passing through memory, and so does its way back.
func TestLargeUpload(t *testing.T) {
	const size = 64 << 20
	c := serve(t, cometserver.Options{})
	key := c.create()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	pr, pw := io.Pipe()
	w := multipart.NewWriter(pw)
	go func() {
		part, _ := w.CreateFormFile("file", "large.bin")
		io.CopyN(part, zeros{}, size)
		w.Close()
		pw.Close()
	}()
	c.json(c.send("POST", prefix+"/write/experiment/upload-asset?type=asset&experimentKey="+key, pr, "Content-Type", w.FormDataContentType())).ok()
	a := c.Experiments()[0].Assets[0]
	req, _ := http.NewRequest("GET", c.url+prefix+"/experiment/asset/get-asset?experimentKey="+key+"&assetId="+a.ID, nil)
	req.Header.Set("Authorization", cometserver.DefaultKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; a.Size != size || n != size || err != nil || took > 8<<20 {
		t.Errorf("%d bytes arrived, %d came back, %v; %d bytes were allocated", a.Size, n, err, took)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
