module rolegate/bench/peers/seaweedfs

go 1.26.6

require (
	github.com/seaweedfs/seaweedfs v0.0.0-20261109003541-7506e5f91cd6
	rolegate/bench/peers/harness v0.0.0
)

require (
	github.com/aws/aws-sdk-go v1.55.8 // indirect
	github.com/gorilla/mux v1.8.1 // indirect
	github.com/jmespath/go-jmespath v0.4.0 // indirect
)

replace rolegate/bench/peers/harness => ../harness
