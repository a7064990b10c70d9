"""Where the README's figures come from: each module prints ratios against floors and peers of the same run."""
