namespace ConcreteMl.Tuning;

/// <summary>What is known of settings, cheap questions first; each is answered once and remembered.</summary>
internal interface ISettingCosts
{
    /// <summary>The score in clear, which noise can only make worse but for chance; null: the compiler refuses the quantization.</summary>
    SettingScore? Clear(Quantization quantization);

    /// <summary>What one sample takes, and what is stored for it; null: no parameters.</summary>
    SettingPrice? Price(Setting setting);

    /// <summary>The score in simulated runs, of which there are as many as it takes to say whether the target is met.</summary>
    TunedSetting Simulate(Setting setting, TuneTarget target);
}
