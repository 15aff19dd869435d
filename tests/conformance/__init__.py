"""Outside kits and peers, run against what this project makes; results in `build/conformance`."""
