module rolegate/bench/peers/harness

go 1.26.0
