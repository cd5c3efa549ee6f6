package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	key "github.com/sylabs/scs-key-client/client"
)

func (p peer) keyClient() (*key.Client, error) {
	return key.NewClient(key.OptBaseURL(p.url), key.OptBearerToken(p.token), key.OptUserAgent(agent))
}

func (p peer) keys() error {
	keys, err := p.keyClient()
	if err != nil {
		return err
	}
	fingerprint, err := hex.DecodeString(os.Getenv("PEER_FINGERPRINT"))
	if err != nil {
		return err
	}
	if _, err := keys.GetKey(p.ctx, fingerprint); err == nil {
		return fmt.Errorf("a key was there before it was published")
	}
	// Two keys, one of them twice.
	for _, name := range []string{"key.asc", "other.asc", "key.asc"} {
		if err := keys.PKSAdd(p.ctx, string(p.content(name))); err != nil {
			return err
		}
	}
	for _, search := range [][]byte{fingerprint, fingerprint[len(fingerprint)-8:], fingerprint[len(fingerprint)-4:]} {
		text, err := keys.GetKey(p.ctx, search)
		if err != nil {
			return err
		}
		if strings.Count(text, "BEGIN PGP PUBLIC KEY BLOCK") != 1 {
			return fmt.Errorf("not one key: %q", text)
		}
	}
	return nil
}

// pages asks for all keys of the laboratory, one at a time.
func (p peer) pages() error {
	keys, err := p.keyClient()
	if err != nil {
		return err
	}
	options := []string{key.OptionMachineReadable}
	for _, operation := range []string{key.OperationIndex, key.OperationVIndex} {
		page := &key.PageDetails{Size: 1}
		all := ""
		for count := 1; ; count++ {
			index, err := keys.PKSLookup(p.ctx, page, "lab.example", operation, true, false, options)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(index, "info:1:1\n") {
				return fmt.Errorf("%s, page %d: %q", operation, count, index)
			}
			all += strings.ToLower(index)
			if page.Token == "" && count == 2 {
				break
			}
			if page.Token == "" || count > 2 {
				return fmt.Errorf("%s has %d pages", operation, count)
			}
		}
		if strings.Count(all, "pub:") != 2 || !strings.Contains(all, strings.ToLower(os.Getenv("PEER_FINGERPRINT"))) {
			return fmt.Errorf("not in the pages: %q", all)
		}
	}
	exact, err := keys.PKSLookup(p.ctx, nil, "0x"+os.Getenv("PEER_FINGERPRINT"), key.OperationGet, false, true, nil)
	if err == nil && strings.Count(exact, "BEGIN PGP PUBLIC KEY BLOCK") != 1 {
		err = fmt.Errorf("not one key: %q", exact)
	}
	return err
}

// keyErrors provokes refusals, which must be of the kind that the client knows.
func (p peer) keyErrors() error {
	keys, err := p.keyClient()
	if err != nil {
		return err
	}
	lookup := func(search, operation string) error {
		_, err := keys.PKSLookup(p.ctx, nil, search, operation, false, false, nil)
		return err
	}
	for _, refused := range []struct {
		what string
		err  error
		code int
	}{
		{"a key that is not there", lookup("0xdeadbeefdeadbeef", key.OperationGet), http.StatusNotFound},
		{"a name that is not there", lookup("nobody at all", key.OperationIndex), http.StatusNotFound},
		{"an operation that is not there", lookup("lab.example", "stats"), http.StatusNotImplemented},
		{"a text that is no key", keys.PKSAdd(p.ctx, "no key"), http.StatusUnprocessableEntity},
	} {
		var told *key.HTTPError
		if !errors.As(refused.err, &told) || told.Code() != refused.code || told.Unwrap() == nil {
			return fmt.Errorf("%s: %v", refused.what, refused.err)
		}
	}
	// A request of one's own goes the same way.
	request, err := keys.NewRequest(p.ctx, http.MethodGet, &url.URL{Path: "version"}, nil)
	if err != nil {
		return err
	}
	answer, err := keys.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && !strings.Contains(string(body), "apiVersion") {
		err = fmt.Errorf("no version: %q", body)
	}
	// Tokens are not given to addresses that are not encrypted, unless they are of this machine by name.
	numbered := strings.Replace(p.url, "localhost", "127.0.0.1", 1)
	open, failed := key.NewClient(key.OptBaseURL(numbered), key.OptBearerToken(p.token))
	if failed == nil {
		_, failed = open.GetVersion(p.ctx)
	}
	if err == nil && failed == nil {
		err = fmt.Errorf("a token went to %s", numbered)
	}
	return err
}
