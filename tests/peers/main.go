// The official Go clients against a cloud of ours: what they do with their own service, they do here.
//
// It is told where the cloud is by its environment, says each step that went well, and ends with 1 at the first that
// did not. The test that runs it looks at the cloud from the other side.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	library "github.com/sylabs/scs-library-client/client"
)

const (
	arch  = "amd64"
	agent = "Sifter-peers/1.0 (Linux amd64)"
)

type peer struct {
	url    string
	token  string
	folder string
	libs   *library.Client
	ctx    context.Context
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	p := peer{
		url:    os.Getenv("PEER_URL"),
		token:  os.Getenv("PEER_TOKEN"),
		folder: os.Getenv("PEER_FOLDER"),
		ctx:    ctx,
	}
	var err error
	config := &library.Config{BaseURL: p.url, AuthToken: p.token, UserAgent: agent}
	if p.libs, err = library.NewClient(config); err != nil {
		fail("client", err)
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"login", p.login},
		{"versions", p.versions},
		{"push small", func() error { return p.push("small.sif", "alice/tools/small", "1.0", "latest") }},
		{"push large", func() error { return p.push("large.sif", "alice/tools/large", "latest") }},
		{"push again", func() error { return p.push("small.sif", "alice/tools/small", "2.0") }},
		{"push with a report", p.pushReported},
		{"pull", p.pull},
		{"pull with a report", p.pullReported},
		{"search", p.search},
		{"everything that a search finds", p.models},
		{"tags", p.tags},
		{"references", p.references},
		{"without a token", p.anonymous},
		{"wrong token", p.wrongToken},
		{"delete", p.delete},
		{"keys", p.keys},
		{"pages of keys", p.pages},
		{"errors of keys", p.keyErrors},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			fail(step.name, err)
		}
		fmt.Println("ok", step.name)
	}
}

func fail(step string, err error) {
	fmt.Fprintln(os.Stderr, step+":", err)
	os.Exit(1)
}

// login asks as `remote login` does.
func (p peer) login() error {
	for token, isGood := range map[string]bool{p.token: true, "wrong": false} {
		request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.url+"/v1/token-status", nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "BEARER "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		answer.Body.Close()
		// The command line knows one good answer and takes every other for a wrong token.
		if (answer.StatusCode == http.StatusOK) != isGood {
			return fmt.Errorf("status %d", answer.StatusCode)
		}
	}
	return nil
}

func (p peer) versions() error {
	info, err := p.libs.GetVersion(p.ctx)
	if err != nil {
		return err
	}
	keys, err := p.keyClient()
	if err != nil {
		return err
	}
	version, err := keys.GetVersion(p.ctx)
	if err == nil && (version == "" || info.APIVersion == "") {
		err = fmt.Errorf("library %q, keys %q", info.APIVersion, version)
	}
	return err
}

func (p peer) push(name, path string, tags ...string) error {
	file, err := os.Open(filepath.Join(p.folder, name))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = p.libs.UploadImage(p.ctx, file, "library://"+path, arch, tags, "from the official client", nil)
	return err
}

func (p peer) content(name string) []byte {
	content, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		fail("reading", err)
	}
	return content
}

func (p peer) pull() error {
	var got bytes.Buffer
	if err := p.libs.DownloadImage(p.ctx, &got, arch, "alice/tools/small", "1.0", nil); err != nil {
		return err
	}
	if !bytes.Equal(got.Bytes(), p.content("small.sif")) {
		return fmt.Errorf("other bytes in one stream")
	}
	file, err := os.Create(filepath.Join(p.folder, "pulled.sif"))
	if err != nil {
		return err
	}
	defer file.Close()
	how := &library.Downloader{Concurrency: 4, PartSize: 5 << 20, BufferSize: 32 << 10}
	if err := p.libs.ConcurrentDownloadImage(p.ctx, file, arch, "alice/tools/large", "latest", how, nil); err != nil {
		return err
	}
	if !bytes.Equal(p.content("pulled.sif"), p.content("large.sif")) {
		return fmt.Errorf("other bytes in parts")
	}
	if err := p.libs.DownloadImage(p.ctx, &got, "arm64", "alice/tools/small", "1.0", nil); err == nil {
		return fmt.Errorf("an architecture that is not there was pulled")
	}
	return nil
}

func (p peer) search() error {
	found, err := p.libs.Search(p.ctx, map[string]string{"value": "small"})
	if err != nil {
		return err
	}
	if len(found.Containers) != 1 || found.Containers[0].Name != "small" {
		return fmt.Errorf("containers: %+v", found.Containers)
	}
	found, err = p.libs.Search(p.ctx, map[string]string{"value": "small", "arch": arch})
	if err != nil {
		return err
	}
	if len(found.Images) != 1 || found.Images[0].Hash != "sha256."+hash(p.content("small.sif")) {
		return fmt.Errorf("images: %+v", found.Images)
	}
	return nil
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (p peer) tags() error {
	for _, tag := range []string{"1.0", "2.0", "latest"} {
		image, err := p.libs.GetImage(p.ctx, arch, "alice/tools/small:"+tag)
		if err != nil {
			return err
		}
		if image.Hash != "sha256."+hash(p.content("small.sif")) || !image.Uploaded {
			return fmt.Errorf("%s leads to %+v", tag, image)
		}
	}
	if _, err := p.libs.GetImage(p.ctx, arch, "alice/tools/small:none"); err == nil {
		return fmt.Errorf("a tag that is not there was found")
	}
	return nil
}

func (p peer) wrongToken() error {
	config := &library.Config{BaseURL: p.url, AuthToken: "wrong", UserAgent: agent}
	stranger, err := library.NewClient(config)
	if err != nil {
		return err
	}
	p.libs = stranger
	if err := p.push("small.sif", "alice/tools/stranger", "latest"); err == nil {
		return fmt.Errorf("a push without a good token went through")
	}
	return nil
}

func (p peer) delete() error {
	if err := p.libs.DeleteImage(p.ctx, "alice/tools/large:latest", arch); err != nil {
		return err
	}
	if _, err := p.libs.GetImage(p.ctx, arch, "alice/tools/large:latest"); err == nil {
		return fmt.Errorf("it is still there")
	}
	return nil
}
