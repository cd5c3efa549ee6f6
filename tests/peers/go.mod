module sifter/tests/peers

go 1.25.7

require (
	github.com/sylabs/scs-key-client v0.7.3
	github.com/sylabs/scs-library-client v1.4.15
)

require (
	github.com/blang/semver/v4 v4.0.0 // indirect
	github.com/go-log/log v0.2.0 // indirect
	github.com/google/go-containerregistry v0.21.6 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
	github.com/sylabs/json-resp v0.9.5 // indirect
	github.com/sylabs/sif/v2 v2.24.1 // indirect
	golang.org/x/sync v0.21.0 // indirect
)
