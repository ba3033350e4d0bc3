using System.IO.Compression;
using System.Text;
using NUnit.Framework;

namespace ConcreteMl.Compiler.Tests.Data;

public sealed class NpzFileTests
{
    private static readonly (string Descr, byte[] Bytes, double[] Values)[] Types =
    [
        ("|b1", [1, 0], [1, 0]),
        ("|i1", [0xFF, 2], [-1, 2]),
        ("|u1", [0xFF, 2], [255, 2]),
        ("<i2", [0xFE, 0xFF, 1, 0], [-2, 1]),
        (">i2", [0xFF, 0xFE, 0, 1], [-2, 1]),
        ("<u2", [0xFE, 0xFF, 1, 0], [65534, 1]),
        ("<i4", [0, 0, 0, 0x80, 5, 0, 0, 0], [int.MinValue, 5]),
        (">u4", [0x80, 0, 0, 0, 0, 0, 0, 5], [2147483648, 5]),
        ("<i8", [1, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [1, -1]),
        (">u8", [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7], [256, 7]),
        ("<f2", [0x00, 0x3C, 0x00, 0xC0], [1, -2]),
        (">f4", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], [1, -2]),
        ("<f8", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1, -2]),
    ];

    [Test]
    public void Every_numeric_type_is_read_in_both_byte_orders()
    {
        using Scratch scratch = new();
        foreach ((string descr, byte[] bytes, double[] values) in Types)
        {
            string path = scratch.Write("a.npz", Archive(("x0", Npy(descr, false, "(2,)", bytes))));
            Assert.That(NpzFile.Load(path)["x0"].ToDoubles(), Is.EqualTo(values), descr);
        }
    }

    [Test]
    public void Texts_are_read_in_both_byte_orders_and_written()
    {
        using Scratch scratch = new();
        (string Descr, byte[] Bytes, string[] Texts)[] types =
        [
            ("<U2", [0x61, 0, 0, 0, 0, 0, 0, 0, 0x9C, 0xF9, 0x01, 0, 0xE9, 0, 0, 0], ["a", "\U0001F99C\u00E9"]),
            (">U1", [0, 0, 0, 0x61, 0, 0, 0, 0], ["a", ""]),
            ("|S2", [0x61, 0, 0x62, 0x63], ["a", "bc"]),
        ];
        foreach ((string descr, byte[] bytes, string[] texts) in types)
        {
            string path = scratch.Write("a.npz", Archive(("x0", Npy(descr, false, "(2,)", bytes))));
            Tensor read = NpzFile.Load(path)["x0"];
            Assert.That(read.ToTexts(), Is.EqualTo(texts), descr);
            NpzFile.Save(scratch.At("b.npz"), [new("x0", read)]);
            Assert.That(NpzFile.Load(scratch.At("b.npz"))["x0"].ToTexts(), Is.EqualTo(texts), descr);
        }

        foreach ((string descr, byte[] bytes) in new[] { ("<U1", new byte[] { 0xFF, 0xFF, 0xFF, 0x7F }), ("<U0", []), ("<U99999999", []) })
        {
            string path = scratch.Write("a.npz", Archive(("x0", Npy(descr, false, "(1,)", bytes))));
            Assert.That(() => NpzFile.Load(path), Throws.InstanceOf<CompilationException>(), descr);
        }
    }

    [Test]
    public void Fortran_order_becomes_row_major()
    {
        using Scratch scratch = new();
        string path = scratch.Write("a.npz", Archive(("x0", Npy("|u1", true, "(2, 3)", [1, 4, 2, 5, 3, 6]))));
        Tensor tensor = NpzFile.Load(path)["x0"];
        Assert.That(tensor.Shape, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(tensor.ToDoubles(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void Stored_and_deflated_archives_of_header_versions_1_and_2_are_read()
    {
        using Scratch scratch = new();
        foreach (CompressionLevel level in new[] { CompressionLevel.NoCompression, CompressionLevel.SmallestSize })
        {
            byte[] wide = Npy("|u1", false, "()", [9], version: 2);
            string path = scratch.Write("a.npz", Archive(level, ("x0", wide), ("y0", Npy("|u1", false, "(1,)", [8]))));
            IReadOnlyDictionary<string, Tensor> arrays = NpzFile.Load(path);
            Assert.That(arrays["x0"].Shape, Is.Empty);
            Assert.That(arrays["x0"].ToDoubles(), Is.EqualTo(new double[] { 9 }));
            Assert.That(arrays["y0"].ToDoubles(), Is.EqualTo(new double[] { 8 }));
        }
    }

    [Test]
    public void Written_arrays_read_back_and_equal_arrays_give_equal_bytes()
    {
        using Scratch scratch = new();
        Tensor[] tensors =
        [
            Tensor.Create<float>([1.5f, float.NaN, -0f], 3),
            Tensor.Create<long>([long.MinValue, 7], 1, 2),
            Tensor.Create<bool>([true], []),
            Tensor.Create<Half>([(Half)0.5], 1),
            Tensor.Create<double>([], 0, 4),
        ];
        (string, Tensor)[] arrays = [.. tensors.Select((tensor, index) => ($"x{index}", tensor))];
        string first = scratch.WriteArrays("a.npz", arrays);
        string second = scratch.WriteArrays("b.npz", arrays);
        Assert.That(File.ReadAllBytes(second), Is.EqualTo(File.ReadAllBytes(first)));
        IReadOnlyDictionary<string, Tensor> read = NpzFile.Load(first);
        for (int index = 0; index < tensors.Length; index++)
        {
            Tensor back = read[$"x{index}"];
            Assert.That(back.ToString(), Is.EqualTo(tensors[index].ToString()));
            Assert.That(back.ToDoubles(), Is.EqualTo(tensors[index].ToDoubles()));
        }
    }

    [Test]
    public void Arrays_of_dates_objects_and_complex_numbers_are_refused_all_at_once()
    {
        using Scratch scratch = new();
        string path = scratch.Write(
            "a.npz",
            Archive(
                ("dates", Npy("<M8[D]", false, "(1,)", new byte[8])),
                ("things", Npy("|O", false, "(1,)", new byte[8])),
                ("complex", Npy("<c8", false, "(1,)", new byte[8]))
            )
        );
        CompilationException refusal = Assert.Throws<CompilationException>(() => NpzFile.Load(path))!;
        Assert.That(refusal.Diagnostics.Select(finding => finding.Code), Is.EqualTo(new[] { "CML6011", "CML6011", "CML6011" }));
    }

    [Test]
    public void Every_damage_to_an_archive_is_a_coded_refusal()
    {
        using Scratch scratch = new();
        byte[] sound = Archive(CompressionLevel.NoCompression, ("x0", Npy("<f4", false, "(4,)", new byte[16])));
        List<byte[]> damaged =
        [
            [],
            "not an archive"u8.ToArray(),
            Archive(("x0", "not an array"u8.ToArray())),
            Archive(("x0", Npy("<f4", false, "(5,)", new byte[16]))),
            Archive(("x0", Npy("<f4", false, "(4, -1)", new byte[16]))),
            Archive(("x0", Npy("<f4", false, "(99999999, 99999999)", new byte[16]))),
        ];
        for (int length = 1; length < sound.Length; length += 7)
        {
            damaged.Add(sound[..length]);
        }

        // A changed byte of the array's data is found by its checksum.
        byte[] changed = (byte[])sound.Clone();
        changed[sound.AsSpan().IndexOf("(4,)"u8)] ^= 1;
        damaged.Add(changed);
        foreach (byte[] bytes in damaged)
        {
            string path = scratch.Write("a.npz", bytes);
            CompilationException refusal = Assert.Throws<CompilationException>(() => NpzFile.Load(path))!;
            Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6010"));
        }
    }

    [Test]
    public void A_missing_file_and_a_folder_are_refused()
    {
        using Scratch scratch = new();
        foreach (string path in new[] { scratch.At("missing.npz"), Path.GetDirectoryName(scratch.At("x"))! })
        {
            CompilationException refusal = Assert.Throws<CompilationException>(() => NpzFile.Load(path))!;
            Assert.That(refusal.Diagnostics[0].Code, Is.EqualTo("CML6001"));
        }
    }

    private static byte[] Npy(string descr, bool fortran, string shape, byte[] data, int version = 1)
    {
        string text = $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n";
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. Encoding.ASCII.GetBytes(text), .. data];
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] parts) => Archive(CompressionLevel.Optimal, parts);

    private static byte[] Archive(CompressionLevel level, params (string Name, byte[] Content)[] parts)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in parts)
            {
                using Stream entry = zip.CreateEntry(name + ".npy", level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
