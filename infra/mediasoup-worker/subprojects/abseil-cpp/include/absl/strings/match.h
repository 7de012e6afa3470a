#pragma once

// Included by libwebrtc, which uses nothing of it.
