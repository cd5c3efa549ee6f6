package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	library "github.com/sylabs/scs-library-client/client"
)

// watched is told how an upload goes.
type watched struct {
	reader     io.Reader
	size       int64
	read       int64
	isFinished bool
	isBroken   bool
}

func (w *watched) InitUpload(size int64, reader io.Reader) { w.size, w.reader = size, reader }
func (w *watched) GetReader() io.Reader                    { return w }
func (w *watched) Terminate()                              { w.isBroken = true }
func (w *watched) Finish()                                 { w.isFinished = true }

func (w *watched) Read(buffer []byte) (int, error) {
	count, err := w.reader.Read(buffer)
	w.read += int64(count)
	return count, err
}

func (p peer) pushReported() error {
	file, err := os.Open(filepath.Join(p.folder, "other.sif"))
	if err != nil {
		return err
	}
	defer file.Close()
	size := int64(len(p.content("other.sif")))
	seen := &watched{}
	done, err := p.libs.UploadImage(p.ctx, file, "library://alice/tools/other", arch, []string{"1.0"}, "", seen)
	if err != nil {
		return err
	}
	if seen.size != size || seen.read != size || !seen.isFinished || seen.isBroken {
		return fmt.Errorf("%d bytes, seen: %+v", size, seen)
	}
	if done == nil || done.ContainerURL != "library/alice/tools/other" || done.Quota.QuotaUsageBytes < size {
		return fmt.Errorf("told: %+v", done)
	}
	return nil
}

func (p peer) pullReported() error {
	var got bytes.Buffer
	var announced int64
	how := func(size int64, reader io.Reader, writer io.Writer) error {
		announced = size
		_, err := io.Copy(writer, reader)
		return err
	}
	if err := p.libs.DownloadImage(p.ctx, &got, arch, "alice/tools/other", "1.0", how); err != nil {
		return err
	}
	if announced != int64(got.Len()) || !bytes.Equal(got.Bytes(), p.content("other.sif")) {
		return fmt.Errorf("%d bytes were announced, %d came", announced, got.Len())
	}
	return nil
}

// models looks at all that a search can find, as the client decodes it.
func (p peer) models() error {
	found, err := p.libs.Search(p.ctx, map[string]string{"value": "alice"})
	if err != nil {
		return err
	}
	if len(found.Entities) != 1 || found.Entities[0].LibraryURI() != "library://alice" {
		return fmt.Errorf("entities: %+v", found.Entities)
	}
	who, when := found.Entities[0].GetCreated()
	if who != "alice" || when.Year() < 2020 || found.Entities[0].IsDeleted() {
		return fmt.Errorf("made by %q, %v", who, when)
	}
	found, err = p.libs.Search(p.ctx, map[string]string{"value": "tools"})
	if err != nil {
		return err
	}
	if len(found.Collections) != 1 || found.Collections[0].LibraryURI() != "library://alice/tools" {
		return fmt.Errorf("collections: %+v", found.Collections)
	}
	found, err = p.libs.Search(p.ctx, map[string]string{"value": "small"})
	if err != nil {
		return err
	}
	if len(found.Containers) != 1 {
		return fmt.Errorf("containers: %+v", found.Containers)
	}
	container := found.Containers[0]
	if container.LibraryURI() != "library://alice/tools/small" || container.TagList() != "1.0 2.0 latest" {
		return fmt.Errorf("%s has %s", container.LibraryURI(), container.TagList())
	}
	if len(container.ArchTags[arch]) != 3 || container.GetID() == "" {
		return fmt.Errorf("tags: %+v", container.ArchTags)
	}
	signed, err := p.libs.Search(p.ctx, map[string]string{"value": "small", "arch": arch, "signed": "true"})
	if err != nil {
		return err
	}
	if len(signed.Images) != 0 {
		return fmt.Errorf("nobody signed %+v", signed.Images)
	}
	if _, err := p.libs.Search(p.ctx, map[string]string{"value": "al"}); err == nil {
		return fmt.Errorf("two letters were searched for")
	}
	return nil
}

// references asks by every way to name an image.
func (p peer) references() error {
	hash, err := library.ImageHash(filepath.Join(p.folder, "small.sif"))
	if err != nil {
		return err
	}
	for _, text := range []string{"alice/tools/small:1.0", "alice/tools/small:" + hash, "alice/tools/small"} {
		image, err := p.libs.GetImage(p.ctx, arch, text)
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		if image.Hash != hash || image.ContainerName != "small" || image.EntityName != "alice" {
			return fmt.Errorf("%s is %+v", text, image)
		}
	}
	for text, code := range map[string]string{
		"alice/tools/none:1.0":                                "not found",
		"alice/none/small:1.0":                                "not found",
		"none/tools/small:1.0":                                "not found",
		"alice/tools/small:sha256." + strings.Repeat("0", 64): "not found",
		"Alice/tools/small:1.0":                               "400",
		"alice/tools/small:a:b":                               "400",
		"tools/small:1.0":                                     "400",
		"alice/tools/small/more:1.0":                          "400",
	} {
		if _, err := p.libs.GetImage(p.ctx, arch, text); err == nil || !strings.Contains(err.Error(), code) {
			return fmt.Errorf("%s: %v instead of %s", text, err, code)
		}
	}
	return nil
}

// anonymous does what needs no token, and is refused the rest.
func (p peer) anonymous() error {
	nobody, err := library.NewClient(&library.Config{BaseURL: p.url, UserAgent: agent})
	if err != nil {
		return err
	}
	signedIn := p.libs
	p.libs = nobody
	var got bytes.Buffer
	if err := nobody.DownloadImage(p.ctx, &got, arch, "alice/tools/small", "1.0", nil); err != nil {
		return err
	}
	if err := p.search(); err != nil {
		return err
	}
	if _, err := signedIn.GetImage(p.ctx, arch, "alice/hidden/secret:1.0"); err != nil {
		return err
	}
	_, hidden := nobody.GetImage(p.ctx, arch, "alice/hidden/secret:1.0")
	for what, err := range map[string]error{
		"what is private": hidden,
		"its bytes":       nobody.DownloadImage(p.ctx, &got, arch, "alice/hidden/secret", "1.0", nil),
		"a push":          p.push("small.sif", "alice/tools/nobody", "latest"),
		"a delete":        nobody.DeleteImage(p.ctx, "alice/tools/small:1.0", arch),
	} {
		if err == nil || !strings.Contains(err.Error(), "nauthorized") {
			return fmt.Errorf("%s: %v", what, err)
		}
	}
	return nil
}
