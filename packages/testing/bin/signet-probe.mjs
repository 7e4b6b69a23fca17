#!/usr/bin/env node
// Beside dist/, since npm links commands when it installs, and dist/ is built afterwards.
import '../dist/packages/testing/src/cli/main.js';
