/* quality_api.h - the handler behind /v1/quality: whether models and people agree. */
#pragma once

#include "api/call.h"

handler quality_get;
