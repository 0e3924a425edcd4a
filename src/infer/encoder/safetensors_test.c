/* What safetensors.c takes and refuses: files made here, one rule broken at a time. */
#include "infer/encoder/safetensors.h"

#include "base/test.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct tensor *tensors;
static size_t tensor_count;
static struct error failure;

/* A file of a header and `data_size` bytes of data, all 0x3c. */
static struct file_map file_of(const char *header, size_t data_size)
{
    str text = str_from_z(header);
    size_t length = text.length, size = 8 + length + data_size;
    uint8_t *bytes = arena_alloc(&arena, size);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, text.bytes, length);
    memset(bytes + 8 + length, 0x3c, data_size);
    return (struct file_map){bytes, size};
}

static enum status parse(struct file_map file)
{
    failure = (struct error){0};
    return safetensors_parse(&arena, file, "x", &tensors, &tensor_count, &failure);
}

static bool refuses(const char *header, size_t data_size, const char *words)
{
    bool is_refused = parse(file_of(header, data_size)) == STATUS_CORRUPT;
    return is_refused && strstr(failure.message, words) != NULL;
}

#define ENTRY(name, dtype, shape, offsets)                                                         \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void reads_what_a_file_holds(void)
{
    const char *header = "{\"__metadata__\":{\"format\":\"pt\"}," ENTRY(
        "b", "F16", "[2,3]", "[8,20]") "," ENTRY("a", "F32", "[2]", "[0,8]") "," //
        ENTRY("scalar", "I64", "[]", "[20,28]") "," ENTRY("none", "F32", "[0]", "[28,28]") "}   ";
    EXPECT(parse(file_of(header, 28)) == STATUS_OK);
    EXPECT(tensor_count == 4);
    EXPECT(str_equal_z(tensors[0].name, "a") && tensors[0].type == TENSOR_F32);
    EXPECT(tensors[1].rank == 2 && tensors[1].shape[1] == 3 && tensors[1].size == 12);
    EXPECT(tensors[2].type == TENSOR_OTHER && tensors[2].rank == 0);
}

static void refuses_a_header_that_does_not_fit(void)
{
    struct file_map file = file_of("{}", 0);
    EXPECT(parse((struct file_map){file.bytes, 5}) == STATUS_CORRUPT);
    EXPECT(parse((struct file_map){file.bytes, 9}) == STATUS_CORRUPT);
    uint8_t huge[16];
    memset(huge, 0xff, sizeof huge);
    EXPECT(parse((struct file_map){huge, sizeof huge}) == STATUS_CORRUPT);
    EXPECT(strstr(failure.message, "cut short") != NULL);
}

static void refuses_a_header_that_is_too_long(void)
{
    size_t length = SAFETENSORS_HEADER_SIZE + 1;
    char *header = arena_alloc_raw(&arena, length + 1);
    memset(header, ' ', length);
    header[0] = '{', header[1] = '}', header[length] = 0;
    EXPECT(parse(file_of(header, 0)) == STATUS_TOO_LARGE);
}

static void refuses_a_header_that_is_not_json(void)
{
    EXPECT(refuses("{\"a\":", 0, "cannot be read"));
    EXPECT(refuses("[1, 2]", 0, "no JSON object"));
    EXPECT(refuses("{}", 0, "holds no tensor"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("a", "F32", "[1]", "[4,8]") "}",
                   8, "cannot be read"));
}

static void refuses_a_tensor_that_is_not_described(void)
{
    EXPECT(refuses("{\"a\":7}", 0, "object"));
    EXPECT(refuses("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype"));
    EXPECT(refuses("{" ENTRY("a", "Q4", "[1]", "[0,4]") "}", 4, "dtype"));
    EXPECT(refuses("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "shape"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1.5]", "[0,4]") "}", 4, "shape"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[-1]", "[0,4]") "}", 4, "shape"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "shape"));
    EXPECT(refuses("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1]", "[4,0]") "}", 4, "data_offsets"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1]", "[0,4,8]") "}", 8, "data_offsets"));
}

static void refuses_sizes_that_overflow(void)
{
    EXPECT(refuses("{" ENTRY("a", "F32", "[4611686018427387904,4]", "[0,0]") "}", 0, "shape"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[9223372036854775807,9223372036854775807]", "[0,4]") "}",
                   4, "shape"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[2305843009213693952]", "[0,9223372036854775807]") "}", 4,
                   "cut short"));
}

static void refuses_a_file_that_is_cut_short(void)
{
    EXPECT(refuses("{" ENTRY("a", "F32", "[2]", "[0,8]") "}", 7, "cut short"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[2]", "[0,8]") "}", 0, "cut short"));
}

static void refuses_offsets_that_do_not_match_the_shape(void)
{
    EXPECT(refuses("{" ENTRY("a", "F32", "[3]", "[0,8]") "}", 8, "match"));
    EXPECT(refuses("{" ENTRY("a", "BF16", "[3]", "[0,12]") "}", 12, "match"));
}

static void refuses_tensors_that_overlap_or_leave_holes(void)
{
    EXPECT(refuses("{" ENTRY("a", "F32", "[2]", "[0,8]") "," ENTRY("b", "F32", "[2]", "[4,12]") "}",
                   12, "overlaps"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[2]", "[0,8]") "," ENTRY("b", "F32", "[2]", "[0,8]") "}",
                   8, "overlaps"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("b", "F32", "[1]", "[8,12]") "}",
                   12, "hole"));
    EXPECT(refuses("{" ENTRY("a", "F32", "[1]", "[0,4]") "}", 8, "no tensor"));
}

static void reads_every_kind_of_number(void)
{
    static const uint8_t singles[] = {0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1};
    static const uint8_t halves[] = {0x00, 0x3c, 0x01, 0x00, 0xff, 0x03, 0x00, 0xfc, 0x55, 0xb5};
    static const uint8_t brains[] = {0x80, 0x3f, 0x20, 0xc1};
    float out[5];
    tensor_read(&(struct tensor){.type = TENSOR_F32, .bytes = singles}, 0, 2, out);
    EXPECT(out[0] == 1.0F && out[1] == -10.0F);
    tensor_read(&(struct tensor){.type = TENSOR_BF16, .bytes = brains}, 1, 1, out);
    EXPECT(out[0] == -10.0F);
    tensor_read(&(struct tensor){.type = TENSOR_F16, .bytes = halves}, 0, 5, out);
    EXPECT(out[0] == 1.0F && out[1] == 0x1p-24F && out[2] == 1023 * 0x1p-24F);
    EXPECT(isinf(out[3]) && out[3] < 0.0F && out[4] == -0.333251953125F);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void reads_shards_by_their_index(void)
{
    char folder[] = "/tmp/hark-shards-XXXXXX";
    EXPECT(mkdtemp(folder) != NULL && chdir(folder) == 0);
    struct safetensors *files = NULL;
    struct file_map one = file_of("{" ENTRY("a", "F32", "[1]", "[0,4]") "}", 4);
    struct file_map other = file_of("{" ENTRY("b", "F32", "[2]", "[0,8]") "}", 8);
    const char *index = "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}";
    const char *outside = "{\"weight_map\":{\"a\":\"../1.safetensors\"}}";
    EXPECT(safetensors_open(&files, folder, &failure) == STATUS_NOT_FOUND);
    write_file("1.safetensors", one.bytes, one.size);
    write_file("model.safetensors.index.json", index, strlen(index));
    EXPECT(safetensors_open(&files, folder, &failure) == STATUS_NOT_FOUND);
    write_file("2.safetensors", other.bytes, other.size);
    EXPECT(safetensors_open(&files, folder, &failure) == STATUS_OK);
    EXPECT(safetensors_find(files, STR("b"))->shape[0] == 2);
    EXPECT(safetensors_find(files, STR("c")) == NULL);
    safetensors_close(files);
    write_file("2.safetensors", one.bytes, one.size);
    EXPECT(safetensors_open(&files, folder, &failure) == STATUS_CORRUPT);
    write_file("model.safetensors.index.json", outside, strlen(outside));
    EXPECT(safetensors_open(&files, folder, &failure) == STATUS_CORRUPT);
    EXPECT(strstr(failure.message, "outside") != NULL);
    unlink("1.safetensors");
    unlink("2.safetensors");
    unlink("model.safetensors.index.json");
    EXPECT(chdir("/") == 0 && rmdir(folder) == 0);
}

int main(void)
{
    RUN(reads_what_a_file_holds);
    RUN(refuses_a_header_that_does_not_fit);
    RUN(refuses_a_header_that_is_too_long);
    RUN(refuses_a_header_that_is_not_json);
    RUN(refuses_a_tensor_that_is_not_described);
    RUN(refuses_sizes_that_overflow);
    RUN(refuses_a_file_that_is_cut_short);
    RUN(refuses_offsets_that_do_not_match_the_shape);
    RUN(refuses_tensors_that_overlap_or_leave_holes);
    RUN(reads_every_kind_of_number);
    RUN(reads_shards_by_their_index);
    arena_reset(&arena);
    return 0;
}
